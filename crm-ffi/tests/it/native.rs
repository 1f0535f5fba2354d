//! Builds libcrm once, compiles C and C++ programs against it, and runs them.

use std::ffi::OsStr;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

/// What a static program needs besides libcrm.a.
pub(crate) const STATIC_LIBRARIES: &[&str] = &["-lpthread", "-ldl", "-lm"];

/// How a program is linked.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Link {
    Static,
    Shared,
}

/// The crate's folder.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A folder for what a test makes, inside the target folder.
pub(crate) fn scratch() -> tempfile::TempDir {
    tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap()
}

/// The folder with libcrm.so and libcrm.a.
pub(crate) fn library() -> &'static Path {
    &libraries().0
}

/// The same with `crm_test_panic` in them.
pub(crate) fn library_that_panics() -> &'static Path {
    &libraries().1
}

fn libraries() -> &'static (PathBuf, PathBuf) {
    static LIBRARIES: OnceLock<(PathBuf, PathBuf)> = OnceLock::new();
    // One after the other: both builds write the same files, which are therefore copied.
    LIBRARIES.get_or_init(|| {
        let panics = build("panics", &["--features", "test-panic"]);
        (build("plain", &[]), panics)
    })
}

fn build(name: &str, options: &[&str]) -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(["build", "--quiet", "--package", "crm-ffi", "--lib"]).args(options);
    done(cargo.arg("--target-dir").arg(target).current_dir(root()));

    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("libcrm-{name}"));
    std::fs::create_dir_all(&folder).unwrap();
    for file in ["libcrm.a", "libcrm.so"] {
        std::fs::copy(target.join("debug").join(file), folder.join(file)).unwrap();
    }
    // What the program asks the loader for is the library's own name.
    std::fs::copy(folder.join("libcrm.so"), folder.join("libcrm.so.0.1")).unwrap();
    folder
}

/// Compiles a program with every warning an error; C99, or C++17 where the file says so.
pub(crate) fn compile(source: &Path, library: &Path, link: Link, program: &Path) {
    let cpp = source.extension() == Some(OsStr::new("cpp"));
    let mut compiler = Command::new(if cpp { "c++" } else { "cc" });
    compiler.arg(if cpp { "-std=c++17" } else { "-std=c99" });
    compiler.args(["-g", "-Wall", "-Wextra", "-pedantic", "-Werror", "-I"]).arg(root().join("include"));
    compiler.arg(source).arg("-o").arg(program);
    match link {
        Link::Static => compiler.arg(library.join("libcrm.a")).args(STATIC_LIBRARIES),
        Link::Shared => compiler
            .arg("-L")
            .arg(library)
            .arg("-lcrm")
            .arg(format!("-Wl,-rpath,{}", library.display()))
            .arg("-lpthread"),
    };
    done(&mut compiler);
}

/// Runs a program in a folder and gives what it printed.
pub(crate) fn run(program: &Path, folder: &Path, input: &[u8]) -> Vec<u8> {
    fed(Command::new(program).current_dir(folder), input).stdout
}

/// Runs it again under valgrind, which must find neither a bad access nor a leak.
pub(crate) fn run_under_valgrind(program: &Path, folder: &Path, input: &[u8]) {
    if let Some(mut valgrind) = valgrind(program) {
        fed(valgrind.current_dir(folder), input);
    }
}

/// Valgrind over a program, with 9 as its answer to a bad access or a leak; says so where it is not installed.
pub(crate) fn valgrind(program: &Path) -> Option<Command> {
    if Command::new("valgrind").arg("--version").output().is_err() {
        // Not `eprintln`, which a passing test does not show.
        let _ =
            writeln!(std::io::stderr(), "skipped: valgrind is not installed, so {} ran without it", program.display());
        return None;
    }
    let mut valgrind = Command::new("valgrind");
    valgrind.args(["-q", "--leak-check=full", "--errors-for-leak-kinds=definite,indirect", "--error-exitcode=9"]);
    valgrind.arg(program);
    Some(valgrind)
}

/// Runs a command that must succeed.
pub(crate) fn done(command: &mut Command) -> Output {
    fed(command, b"")
}

fn fed(command: &mut Command, input: &[u8]) -> Output {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap_or_else(|e| panic!("{command:?}: {e}"));
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    // Fed from beside, so that neither side waits for the other with full hands.
    let feeder = std::thread::spawn(move || stdin.write_all(&input));
    let output = child.wait_with_output().unwrap();
    let fed = feeder.join().unwrap();
    let shown = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(
        output.status.success(),
        "{command:?}: {}\n{}{}",
        output.status,
        shown(&output.stdout),
        shown(&output.stderr)
    );
    fed.unwrap();
    output
}
