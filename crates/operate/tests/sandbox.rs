//! What a confined child can and cannot do, with real children. A layer this kernel lacks is said, and its test is not counted as passed.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use gristmill_model::Fault;
use gristmill_operate::OperationError;
use gristmill_operate::sandbox::{Finished, Limits, Sandbox, Tool};
use tokio_util::sync::CancellationToken;

const ROOMY: Limits = Limits {
    memory_bytes: 1 << 30,
    cpu: Duration::from_secs(30),
    file_bytes: 64 << 20,
    descriptors: 64,
    wall: Duration::from_secs(60),
    silence: Duration::from_secs(60),
};

fn script(text: &str, writable: Option<&Path>) -> Tool {
    Tool {
        program: PathBuf::from("bash"),
        args: vec!["-c".into(), text.into()],
        readable: Vec::new(),
        writable: writable.map(Path::to_owned),
        socket: None,
        connect: None,
    }
}

fn python(text: &str, writable: Option<&Path>) -> Tool {
    Tool { program: "/usr/bin/python3".into(), args: vec!["-Sc".into(), text.into()], ..script("", writable) }
}

async fn run_with(sandbox: &Sandbox, tool: &Tool, limits: &Limits) -> Result<Finished, OperationError> {
    sandbox.run(tool, limits, &CancellationToken::new(), &mut |_| {}).await
}

async fn run(tool: &Tool) -> Finished {
    run_with(&Sandbox::new(), tool, &ROOMY).await.unwrap()
}

fn code(result: Result<Finished, OperationError>) -> (Fault, String) {
    let problem = result.expect_err("it should have been stopped").problem;
    (problem.fault, problem.code)
}

/// Fails, rather than passes, where a layer is not in the kernel, unless the machine's owner has said that this is known.
fn has_landlock() -> bool {
    let abi = Sandbox::new().layers().landlock;
    assert!(
        abi > 0 || std::env::var_os("GRISTMILL_WITHOUT_LANDLOCK").is_some(),
        "this kernel has no Landlock: set GRISTMILL_WITHOUT_LANDLOCK=1 to test without that layer"
    );
    abi > 0
}

async fn until(what: &str, mut condition: impl FnMut() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < Duration::from_secs(20), "never happened: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

fn alive(pid: i32) -> bool {
    std::fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| !stat.contains(") Z "))
}

fn number_in(file: &Path) -> Option<i32> {
    std::fs::read_to_string(file).ok()?.trim().parse().ok()
}

#[tokio::test]
async fn the_layers_of_this_kernel_are_told_and_all_used() {
    let layers = Sandbox::new().layers();
    println!("{layers}");
    assert!(layers.limits);
    let status = run(&script("while read -r line; do echo \"$line\"; done < /proc/self/status", None)).await;
    assert!(!status.success || !has_landlock(), "/proc must stay closed");
}

#[tokio::test]
async fn a_child_cannot_open_a_network_connection() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let port = listener.local_addr().unwrap().port();
    let text = format!("exec 5<>/dev/tcp/127.0.0.1/{port} && echo connected");
    let outside = tokio::process::Command::new("bash").args(["-c", &text]).output().await.unwrap();
    assert_eq!(String::from_utf8_lossy(&outside.stdout), "connected\n", "the same line works outside the sandbox");
    listener.accept().expect("the listener saw the connection from outside");
    let inside = run(&script(&text, None)).await;
    assert!(!inside.success && inside.stdout.is_empty(), "{inside:?}");
    assert!(listener.accept().is_err(), "nothing may arrive");
}

#[tokio::test]
async fn a_child_that_is_given_a_port_reaches_it_and_no_other() {
    let (given, other) = (TcpListener::bind("127.0.0.1:0").unwrap(), TcpListener::bind("127.0.0.1:0").unwrap());
    let port = |listener: &TcpListener| listener.local_addr().unwrap().port();
    other.set_nonblocking(true).unwrap();
    let text =
        format!("exec 5<>/dev/tcp/127.0.0.1/{} && echo given; exec 5<>/dev/tcp/127.0.0.1/{} && echo other", port(&given), port(&other));
    let inside = run(&Tool { connect: Some(port(&given)), ..script(&text, None) }).await;
    given.accept().expect("it saw the connection");
    if !Sandbox::new().layers().confines_connections() {
        assert!(!has_landlock(), "a kernel of which that is known");
        return;
    }
    assert_eq!(inside.stdout, "given\n", "{}", inside.stderr);
    assert!(other.accept().is_err(), "nothing may arrive");
}

#[tokio::test]
async fn a_child_that_is_given_a_port_makes_tcp_sockets_alone_and_cannot_listen() {
    let text = "import socket as s\nfor kind in ((2, 1, 0), (2, 1 | s.SOCK_CLOEXEC | s.SOCK_NONBLOCK, 6), (2, 2, 0), (2, 3, 6), (2, 5, 0), (2, 1, 262), (2, 1, 132), (1, 1, 0), (10, 1, 0), (16, 3, 0), (17, 3, 0)):\n try: s.socket(*kind); print('opened')\n except OSError as e: print(e.errno)\nfor act in (lambda t: t.bind(('127.0.0.1', 0)), lambda t: t.listen(), lambda t: t.sendto(b'x', 0x20000000, ('127.0.0.1', 9))):\n try: act(s.socket(2, 1)); print('done')\n except OSError as e: print(e.errno)";
    let inside = run(&Tool { connect: Some(9), ..python(text, None) }).await;
    assert_eq!(inside.stdout, format!("opened\nopened\n{}", "1\n".repeat(12)), "{}", inside.stderr);
}

#[tokio::test]
async fn what_a_child_says_of_the_address_it_was_given_is_not_kept() {
    let text = "echo 'http://127.0.0.1:9/5ec4e7: bad data; 127.0.0.1:9/5ec4e7' >&2";
    let inside = run(&Tool { connect: Some(9), ..script(text, None) }).await;
    assert_eq!(inside.stderr, "http://127.0.0.1:9/…: bad data; 127.0.0.1:9/…\n");
}

#[tokio::test]
async fn a_child_cannot_make_any_socket() {
    let inside = run(&python("import socket\nfor family in (1, 2, 10, 16, 17):\n try: socket.socket(family, 1 if family != 17 else 3); print('opened', family)\n except OSError as e: print(e.errno)", None)).await;
    assert_eq!(inside.stdout, "1\n1\n1\n1\n1\n", "EPERM for each family; {}", inside.stderr);
}

#[tokio::test]
async fn a_child_changes_no_file_but_its_content_and_no_other_process() {
    let folder = tempfile::tempdir().unwrap();
    let text = "import os, resource\nopen('f', 'w').close()\nfor act in (lambda: os.chmod('f', 0o777), lambda: os.chown('f', -1, -1), lambda: os.utime('f'), lambda: os.truncate('f', 0), lambda: os.setxattr('f', 'user.a', b'1'), lambda: os.kill(os.getpid(), 0), lambda: resource.prlimit(os.getppid(), resource.RLIMIT_CORE)):\n try: act(); print('done')\n except OSError as e: print(e.errno)\nprint(len(resource.prlimit(0, resource.RLIMIT_CORE)))";
    let inside = run(&python(text, Some(folder.path()))).await;
    assert_eq!(inside.stdout, "1\n1\n1\n1\n1\n1\n1\n2\n", "EPERM for each, and its own limits as before; {}", inside.stderr);
}

#[tokio::test]
async fn a_child_reads_only_what_it_was_given() {
    if !has_landlock() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("mine"), "mine").unwrap();
    std::fs::write(folder.path().join("secret"), "secret").unwrap();
    let text = format!(
        "cd /; read -r a < {0}/mine; echo $a; read -r b < {0}/secret; echo $b; read -r c < /etc/passwd; echo $c",
        folder.path().display()
    );
    let tool = Tool { readable: vec![folder.path().join("mine")], ..script(&text, None) };
    let inside = run(&tool).await;
    assert_eq!(inside.stdout, "mine\n\n\n", "{}", inside.stderr);
    assert!(inside.stderr.contains("Permission denied"));
}

#[tokio::test]
async fn a_child_writes_only_into_its_folder_and_runs_nothing_from_there() {
    if !has_landlock() {
        return;
    }
    let (scratch, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let text = format!("echo out > {}/file; echo in > file; cp /bin/true copy; ./copy && echo ran", other.path().display());
    let sandbox = Sandbox::new().with_processes();
    let inside = run_with(&sandbox, &script(&text, Some(scratch.path())), &ROOMY).await.unwrap();
    assert!(!other.path().join("file").exists());
    assert_eq!(std::fs::read_to_string(scratch.path().join("file")).unwrap(), "in\n");
    assert!(scratch.path().join("copy").exists(), "{}", inside.stderr);
    assert_eq!(inside.stdout, "", "{}", inside.stderr);
}

#[tokio::test]
async fn a_child_starts_threads_but_no_process_unless_that_was_granted() {
    let text = "/bin/true && echo started";
    assert_eq!(run(&script(text, None)).await.stdout, "");
    let granted = run_with(&Sandbox::new().with_processes(), &script(text, None), &ROOMY).await.unwrap();
    assert_eq!(granted.stdout, "started\n", "{}", granted.stderr);
    let threads = run(&python("import threading; t = threading.Thread(target=print, args=['thread']); t.start(); t.join()", None)).await;
    assert_eq!(threads.stdout, "thread\n", "{}", threads.stderr);
}

#[tokio::test]
async fn a_child_that_may_offer_a_socket_offers_it_in_its_folder_and_calls_nobody() {
    let (folder, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let listener = std::os::unix::net::UnixListener::bind(folder.path().join("ours")).unwrap();
    let text = "import socket\n\
        def tried(what):\n    try: what(); print('done')\n    except OSError: print('refused')\n\
        def local(): return socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)\n\
        def offer(path):\n    s = local(); s.bind(path); s.listen()\n\
        tried(lambda: offer('own'))\n\
        tried(lambda: local().connect('ours'))\n\
        tried(lambda: offer(OTHER))\n\
        tried(lambda: socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM))\n\
        tried(lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM))";
    let text = text.replace("OTHER", &format!("'{}/own'", other.path().display()));
    let said = run_with(&Sandbox::new().with_own_socket(), &python(&text, Some(folder.path())), &ROOMY).await.unwrap();
    let elsewhere = if has_landlock() { "refused" } else { "done" };
    assert_eq!(said.stdout.lines().collect::<Vec<_>>(), ["done", "refused", elsewhere, "refused", "refused"], "{}", said.stderr);
    let usual = run(&python("import socket\nsocket.socket(socket.AF_UNIX)", Some(folder.path()))).await;
    assert!(!usual.success);
    drop(listener);
}

#[tokio::test]
async fn a_child_knows_nothing_of_the_servers_environment() {
    let inside = run(&script("compgen -e", None)).await;
    let mut names: Vec<_> = inside.stdout.lines().filter(|n| !["PWD", "OLDPWD", "SHLVL", "_"].contains(n)).collect();
    names.sort_unstable();
    assert_eq!(names, ["HOME", "LANG", "OMP_THREAD_LIMIT", "PATH", "TMPDIR"], "{}", inside.stderr);
}

#[tokio::test]
async fn a_child_of_a_privileged_server_holds_no_privilege_that_matters() {
    if !Sandbox::new().layers().capabilities {
        println!("not privileged: there is nothing to drop, so nothing is shown here");
        return;
    }
    let inside = run(&python("import resource\ntry: resource.setrlimit(resource.RLIMIT_AS, (-1, -1)); print('raised')\nexcept (ValueError, OSError): print('refused')", None)).await;
    assert_eq!(inside.stdout, "refused\n", "{}", inside.stderr);
}

#[tokio::test]
async fn the_memory_limit_is_told_as_a_limit() {
    let tool = python("x = bytearray(2 << 30)", None);
    let ended = run_with(&Sandbox::new(), &tool, &Limits { memory_bytes: 256 << 20, ..ROOMY }).await;
    assert_eq!(code(ended), (Fault::Limit, "tool_memory_limit".into()));
}

#[tokio::test]
async fn the_file_size_limit_is_told_as_a_limit() {
    let folder = tempfile::tempdir().unwrap();
    let tool = script("while :; do printf '%01000d' 1; done > file", Some(folder.path()));
    let ended = run_with(&Sandbox::new(), &tool, &Limits { file_bytes: 100_000, ..ROOMY }).await;
    assert_eq!(code(ended), (Fault::Limit, "output_too_large".into()));
    assert!(std::fs::metadata(folder.path().join("file")).unwrap().len() <= 100_000);
}

#[tokio::test]
async fn the_processor_limit_is_told_as_a_limit() {
    let ended = run_with(&Sandbox::new(), &script("while :; do :; done", None), &Limits { cpu: Duration::from_secs(1), ..ROOMY }).await;
    assert_eq!(code(ended), (Fault::Limit, "tool_time_limit".into()));
}

#[tokio::test]
async fn the_processor_limit_holds_for_a_tool_that_ignores_its_signal() {
    let text = "trap '' XCPU; while :; do :; done";
    let ended = run_with(&Sandbox::new(), &script(text, None), &Limits { cpu: Duration::from_secs(1), ..ROOMY }).await;
    assert_eq!(code(ended), (Fault::Limit, "tool_time_limit".into()));
}

#[tokio::test]
async fn the_wall_and_silence_limits_are_told_as_limits() {
    // `read` from a pipe that nobody writes to sleeps without using the processor.
    let idle = "exec 9<> <(:); read -r -u 9";
    let sandbox = Sandbox::new().with_processes();
    let wall = run_with(&sandbox, &script(idle, None), &Limits { wall: Duration::from_millis(300), ..ROOMY }).await;
    assert_eq!(code(wall), (Fault::Limit, "tool_time_limit".into()));
    let silence = sandbox
        .run(
            &python("import time\nprint('once', flush=True)\ntime.sleep(1000)", None),
            &Limits { silence: Duration::from_millis(500), ..ROOMY },
            &CancellationToken::new(),
            &mut |_| {},
        )
        .await;
    let problem = silence.unwrap_err().problem;
    assert_eq!(problem.code, "tool_time_limit");
    assert!(problem.message.contains("no progress"), "{}", problem.message);
}

#[tokio::test]
async fn grandchildren_die_with_the_child() {
    let folder = tempfile::tempdir().unwrap();
    let text = "sleep 1000 & echo $! > pid; sync; echo ready; wait";
    let sandbox = Sandbox::new().with_processes();
    let cancel = CancellationToken::new();
    let stop = cancel.clone();
    let ended = sandbox.run(&script(text, Some(folder.path())), &ROOMY, &cancel, &mut |_| stop.cancel()).await;
    assert_eq!(code(ended), (Fault::Tool, "cancelled".into()));
    let grandchild = number_in(&folder.path().join("pid")).unwrap();
    until("the grandchild is gone", || !alive(grandchild)).await;
}

#[tokio::test]
async fn a_grandchild_that_outlives_the_child_is_killed_and_does_not_hold_the_run() {
    let folder = tempfile::tempdir().unwrap();
    let ended =
        run_with(&Sandbox::new().with_processes(), &script("sleep 1000 & echo $! > pid", Some(folder.path())), &ROOMY).await.unwrap();
    assert!(ended.success);
    let grandchild = number_in(&folder.path().join("pid")).unwrap();
    until("the grandchild is gone", || !alive(grandchild)).await;
}

#[tokio::test]
async fn dropping_the_future_kills_the_child() {
    let folder = tempfile::tempdir().unwrap();
    let tool = script("echo $BASHPID > pid; while :; do :; done", Some(folder.path()));
    let running = tokio::spawn(async move { run_with(&Sandbox::new(), &tool, &ROOMY).await });
    let file = folder.path().join("pid");
    until("the child has started", || number_in(&file).is_some()).await;
    let child = number_in(&file).unwrap();
    assert!(alive(child));
    running.abort();
    until("the child is gone", || !alive(child)).await;
}

#[tokio::test]
async fn a_child_killed_from_outside_is_the_machines_fault() {
    for signal in ["SIGKILL", "SIGTERM"] {
        let ended = run_with(&Sandbox::new(), &python(&format!("import signal; signal.raise_signal(signal.{signal})"), None), &ROOMY).await;
        assert_eq!(code(ended), (Fault::Tool, "tool_killed".into()));
    }
}

#[tokio::test]
async fn a_crash_and_a_failure_are_left_to_the_caller() {
    let crashed = run(&python("import signal; signal.raise_signal(signal.SIGSEGV)", None)).await;
    assert_eq!((crashed.success, crashed.code, crashed.signal), (false, None, Some(11)));
    let failed = run(&script("echo why >&2; exit 7", None)).await;
    assert_eq!((failed.success, failed.code, failed.stderr.as_str()), (false, Some(7), "why\n"));
    assert!(failed.peak_bytes > 100_000, "{}", failed.peak_bytes);
}

#[tokio::test]
async fn floods_of_output_stay_bounded_and_the_end_of_the_errors_is_kept() {
    let text = "import sys\nfor i in range(30): sys.stderr.write('e' * 100_000)\nsys.stderr.write('the cause')\nfor i in range(200_000): print('o' * 99)";
    let mut lines = 0;
    let ended = Sandbox::new().run(&python(text, None), &ROOMY, &CancellationToken::new(), &mut |_| lines += 1).await.unwrap();
    assert_eq!(lines, 200_000);
    assert_eq!(ended.stdout.len(), 16 << 20);
    assert_eq!(ended.stderr.len(), 64 << 10);
    assert!(ended.stderr.ends_with("the cause"));
}

#[tokio::test]
async fn a_missing_program_names_its_package() {
    let tool = Tool { program: "heif-convert-not-here".into(), ..script("", None) };
    let problem = run_with(&Sandbox::new(), &tool, &ROOMY).await.unwrap_err().problem;
    assert_eq!((problem.fault, problem.code.as_str()), (Fault::Tool, "tool_missing"));
    assert!(problem.message.contains("apt-get install"), "{}", problem.message);
}

#[tokio::test]
async fn a_kept_child_gets_its_socket_as_number_three_and_dies_when_dropped() {
    use std::io::{BufRead, BufReader, Write};
    let (mut ours, theirs) = std::os::unix::net::UnixStream::pair().unwrap();
    let tool =
        Tool { socket: Some(theirs.into()), ..script("echo $BASHPID >&3; while read -r line <&3; do echo \"got $line\" >&3; done", None) };
    let child = Sandbox::new().spawn(&tool, &ROOMY).unwrap();
    drop(tool);
    let mut answers = BufReader::new(ours.try_clone().unwrap()).lines();
    let pid: i32 = answers.next().unwrap().unwrap().parse().unwrap();
    assert_eq!(child.id(), u32::try_from(pid).ok());
    ours.write_all(b"hello\n").unwrap();
    assert_eq!(answers.next().unwrap().unwrap(), "got hello");
    drop(child);
    assert!(answers.next().is_none(), "the socket closes when the child is dropped");
}

#[test]
fn a_kept_child_survives_the_thread_that_asked_for_it() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().worker_threads(1).build().unwrap();
    let sandbox = Arc::new(Sandbox::new());
    let handle = runtime.handle().clone();
    let child = std::thread::spawn(move || {
        let _entered = handle.enter();
        sandbox.spawn(&python("import time; time.sleep(1000)", None), &ROOMY).unwrap()
    });
    let mut child = child.join().unwrap();
    runtime.block_on(async { tokio::time::timeout(Duration::from_millis(300), child.wait()).await }).expect_err("it must still run");
}

#[tokio::test]
async fn killing_the_server_kills_its_children() {
    let folder = tempfile::tempdir().unwrap();
    let me = std::env::current_exe().unwrap();
    let mut server = tokio::process::Command::new(me)
        .args(["--exact", "stand_in_for_a_server", "--ignored"])
        .env("SANDBOX_TEST_FOLDER", folder.path())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let file = folder.path().join("pid");
    until("the server's child has started", || number_in(&file).is_some()).await;
    let child = number_in(&file).unwrap();
    assert!(alive(child));
    server.kill().await.unwrap();
    until("the orphan is gone", || !alive(child)).await;
}

#[tokio::test]
#[ignore = "run as a process of its own by the test above"]
async fn stand_in_for_a_server() {
    let folder = PathBuf::from(std::env::var_os("SANDBOX_TEST_FOLDER").unwrap());
    let _ = run_with(&Sandbox::new(), &script("echo $BASHPID > pid; while :; do :; done", Some(&folder)), &ROOMY).await;
}
