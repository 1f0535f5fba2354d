//! `include/crm.h` is what the comments in `src` say. `UPDATE_HEADER=1 cargo test -p crm-ffi --test header` writes it.

use std::path::Path;

#[test]
fn the_committed_header_is_the_generated_one() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut config = cbindgen::Config::from_file(root.join("cbindgen.toml").to_str().unwrap()).unwrap();
    let macros = config.after_includes.take().unwrap();
    let version = env!("CARGO_PKG_VERSION");
    config.after_includes =
        Some(format!("\n// The version that this header belongs to.\n#define CRM_VERSION \"{version}\"\n{macros}"));
    let bindings = cbindgen::Builder::new().with_config(config).with_src(root.join("src/lib.rs")).generate().unwrap();
    let mut text = Vec::new();
    bindings.write(&mut text);
    let generated = String::from_utf8(text).unwrap();

    let path = root.join("include/crm.h");
    if std::env::var_os("UPDATE_HEADER").is_some() {
        std::fs::write(&path, &generated).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(committed == generated, "crm.h is out of date: UPDATE_HEADER=1 cargo test -p crm-ffi --test header");
}
