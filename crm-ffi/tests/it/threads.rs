//! Closing a handle under the feet of threads that use it: every call is done whole or refused, and none crashes.

#![allow(unsafe_code, reason = "calls the C functions")]

use std::ptr::{null, null_mut};
use std::sync::Barrier;

use crm::{crm_close, crm_open_memory, crm_query, crm_status, crm_string, crm_string_free, crm_t};

const QUESTION: &str = r#"{"workspace":"acme","actor":{"name":"marie","role":"member"},"at":"2026-11-22T09:00:00Z","find":{"record":"lead"}}"#;

fn asked(handle: usize) -> crm_status {
    let (crm, question) = (std::ptr::without_provenance::<crm_t>(handle), QUESTION.as_ptr().cast());
    let mut answer = crm_string { data: null(), length: 0 };
    // SAFETY: a text that is there, and local variables.
    unsafe {
        let status = crm_query(crm, question, QUESTION.len(), &raw mut answer, null_mut());
        assert_eq!(answer.data.is_null(), status != crm_status::CRM_OK);
        assert_eq!(crm_string_free(&raw mut answer), crm_status::CRM_OK);
        status
    }
}

#[test]
fn a_handle_may_be_closed_while_others_use_it() {
    for _ in 0..50 {
        let mut crm = null_mut();
        // SAFETY: a local variable.
        assert_eq!(unsafe { crm_open_memory(null(), &raw mut crm, null_mut()) }, crm_status::CRM_OK);
        let (handle, ready) = (crm.addr(), Barrier::new(4));
        std::thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    ready.wait();
                    let statuses: Vec<crm_status> = (0..20).map(|_| asked(handle)).collect();
                    let closed = statuses.iter().position(|s| *s != crm_status::CRM_OK).unwrap_or(statuses.len());
                    assert!(statuses[closed..].iter().all(|s| *s == crm_status::CRM_INVALID_HANDLE), "{statuses:?}");
                });
            }
            ready.wait();
            let closing = || crm_close(std::ptr::without_provenance_mut(handle));
            let closed = [scope.spawn(closing), scope.spawn(closing)].map(|thread| thread.join().unwrap());
            let times = closed.iter().filter(|status| **status == crm_status::CRM_OK).count();
            assert_eq!(times, 1, "closed exactly once: {closed:?}");
        });
        assert_eq!(asked(handle), crm_status::CRM_INVALID_HANDLE);
    }
}
