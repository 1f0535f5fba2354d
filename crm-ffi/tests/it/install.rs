//! `crm-ffi/install` puts everything where a C build looks for it.

use std::path::Path;
use std::process::Command;

use crate::native::{STATIC_LIBRARIES, done, library, root, run, scratch};

#[test]
fn a_program_finds_what_was_installed() {
    library(); // The nested builds write the same files: this one after those.
    let folder = scratch();
    let prefix = folder.path().join("prefix");
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    let mut install = Command::new(root().join("install"));
    install.arg("--prefix").arg(&prefix).args(["--profile", "dev"]).env("CARGO_TARGET_DIR", target);
    done(install.env_remove("DESTDIR"));

    let lib = prefix.join("lib");
    assert_eq!(std::fs::read_link(lib.join("libcrm.so")).unwrap(), Path::new("libcrm.so.0.1"));
    assert_eq!(std::fs::read_link(lib.join("libcrm.so.0.1")).unwrap(), Path::new("libcrm.so.0.1.0"));

    let source = root().join("../examples/c/story.c");
    let program = folder.path().join("story");
    let flags = |options: &[&str]| -> Vec<String> {
        let mut config = Command::new("pkg-config");
        config.args(options).arg("crm").env("PKG_CONFIG_PATH", lib.join("pkgconfig"));
        let printed = String::from_utf8(done(&mut config).stdout).unwrap();
        printed.split_whitespace().map(Into::into).collect()
    };
    let by_hand = [format!("-I{}", prefix.join("include").display()), format!("-L{}", lib.display()), "-lcrm".into()];
    let with_pkg_config = Command::new("pkg-config").arg("--version").output().is_ok();
    let shared = if with_pkg_config { flags(&["--cflags", "--libs"]) } else { by_hand.to_vec() };
    done(
        Command::new("cc")
            .arg(&source)
            .args(&shared)
            .arg("-o")
            .arg(&program)
            .arg(format!("-Wl,-rpath,{}", lib.display())),
    );
    let printed = run(&program, folder.path(), b"");
    assert!(printed.starts_with(b"64 points"));

    let mut compiler = Command::new("cc");
    compiler.arg(&source).arg(&by_hand[0]).arg(lib.join("libcrm.a")).args(STATIC_LIBRARIES).arg("-o").arg(&program);
    done(&mut compiler);
    assert_eq!(run(&program, scratch().path(), b""), printed);
    let told = std::fs::read_to_string(lib.join("pkgconfig/crm.pc")).unwrap();
    assert!(told.contains(&format!("Libs.private: {}\n", STATIC_LIBRARIES.join(" "))), "{told}");
}

#[test]
fn a_wrong_call_says_what_is_expected() {
    for (options, expected) in
        [(&["--prefix", "here"][..], "not absolute"), (&[], "where to?"), (&["--fast"], "--fast")]
    {
        let output = Command::new(root().join("install")).args(options).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && said.starts_with("install: ") && said.contains(expected), "{said}");
    }
}
