//! smoke
use crm_core::model::*;
use crm_core::store::*;
use crm_core::*;
use std::sync::Arc;
#[test]
fn smoke() {
    let dir = tempfile::tempdir().unwrap();
    for store in
        [crm_sqlite::SqliteStore::in_memory().unwrap(), crm_sqlite::SqliteStore::open(dir.path().join("a.db")).unwrap()]
    {
        let ws = Workspace::new("w").unwrap();
        let at = "2026-01-01T00:00:00Z".parse().unwrap();
        let row = Row {
            id: Id::from_text("a"),
            version: 1,
            created_at: at,
            updated_at: at,
            archived_at: None,
            clocks: Default::default(),
            body: Lead { company: "Rénov".into(), tags: vec!["x".into()], ..Lead::default() }.into_any(),
        };
        let draft = Draft { command_id: Id::from_text("c"), keys: vec![(row.key(), 1)], content: "{}".into() };
        let old = store.snapshot(&ws).unwrap();
        store
            .commit(&ws, &Commit { guards: vec![], writes: vec![Write { row: row.clone(), replaces: 0 }], draft })
            .unwrap();
        assert_eq!(old.get(row.key()).unwrap(), None);
        let new = store.snapshot(&ws).unwrap();
        assert_eq!(new.get(row.key()).unwrap(), Some(row.clone()));
        let fields = META_FIELDS.iter().chain(Kind::Lead.fields()).cloned();
        let q = Query::all(Kind::Lead, Arc::new(Schema::new("lead", fields)), at);
        assert_eq!(new.find(&q).unwrap().rows, vec![row]);
        assert_eq!(new.count(&q).unwrap(), 1);
        assert_eq!(new.log(&LogQuery::Last).unwrap().len(), 1);
    }
}
