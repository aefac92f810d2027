//! Who may come in, and what they see: keys, roles, and that no owner ever sees what is another's.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use gristmill_harness::{Served, backends, media, until};
use reqwest::Method;
use serde_json::{Value, json};

const BINARY: &str = env!("CARGO_BIN_EXE_gristmill");
const SOON: Duration = Duration::from_secs(60);
/// Stands in names and metadata of Anna's things, and nowhere else.
const MARK: &str = "annas-secret-harvest";

/// A server that asks for keys, with one for each of several people.
struct World {
    served: Served,
    folder: tempfile::TempDir,
    keys: BTreeMap<&'static str, String>,
}

impl World {
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        std::fs::create_dir(&data).unwrap();
        let people = [("anna", "owner"), ("ben", "owner"), ("otto", "operator"), ("ada", "admin")];
        let keys = people.map(|(owner, role)| (owner, create(&data, owner, role)));
        let served = Served::start_with(Path::new(BINARY), &data, &[("GRISTMILL_AUTH__REQUIRED", "true")]).await.unwrap();
        Self { served, folder, keys: keys.into() }
    }

    /// An answer to a request of `who`; of a stranger when that is nobody's name.
    async fn ask(&self, who: &str, method: &str, path: &str, body: Option<Value>) -> (u16, String) {
        let mut request = self.served.request(Method::from_bytes(method.to_uppercase().as_bytes()).unwrap(), path);
        if let Some(key) = self.keys.get(who) {
            request = request.bearer_auth(key);
        }
        if path.contains("/uploads") && !path.contains("/direct") {
            let bytes = [("Tus-Resumable", "1.0.0"), ("Upload-Length", "9"), ("Upload-Offset", "0"), ("X-HTTP-Method-Override", "DELETE")];
            request = bytes.iter().fold(request, |r, (name, value)| r.header(*name, *value));
            request = request.header("Content-Type", "application/offset+octet-stream").body("b");
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    }

    async fn code(&self, who: &str, method: &str, path: &str, body: Option<Value>) -> (u16, String) {
        let (status, text) = self.ask(who, method, path, body).await;
        let problem: Value = serde_json::from_str(&text).unwrap_or_default();
        (status, problem["code"].as_str().unwrap_or_default().to_owned())
    }

    /// An ended job and a cron of Anna's, with everything of hers marked.
    async fn annas(&mut self) -> Annas {
        let picture = media::picture(self.folder.path(), &format!("{MARK}.png"));
        self.served.key = self.keys.get("anna").cloned();
        let request = json!({"pipeline": "image", "group": MARK, "metadata": {"mark": MARK}});
        let id = self.served.submit(request, std::slice::from_ref(&picture)).await.unwrap();
        let job = self.served.ended(&id, SOON).await;
        let form = reqwest::multipart::Form::new()
            .text("request", json!({"name": MARK, "rule": "0 0 1 1 *", "pipeline": "image"}).to_string())
            .part("file", reqwest::multipart::Part::bytes(std::fs::read(&picture).unwrap()).file_name("a.png"));
        let cron = self.served.request(Method::POST, "/api/v1/crons").multipart(form).send().await.unwrap();
        assert_eq!(cron.status(), 201, "{}", cron.text().await.unwrap());
        let announced = self.served.request(Method::POST, "/api/v1/uploads").header("Tus-Resumable", "1.0.0").header("Upload-Length", 9);
        let announced = announced.header("Upload-Metadata", "filename YW5uYXMtc2VjcmV0LWhhcnZlc3Q=").send().await.unwrap();
        let upload = announced.headers()["location"].to_str().unwrap().rsplit('/').next().unwrap().to_owned();
        let hook = json!({"url": format!("https://{MARK}.example/hook")});
        let hook = self.served.request(Method::POST, "/api/v1/webhooks").json(&hook).send().await.unwrap();
        let hook: Value = hook.json().await.unwrap();
        self.served.key = None;
        let file = &job["files"][0];
        Annas {
            endpoint: hook["id"].as_str().unwrap().to_owned(),
            upload,
            job: id,
            file: file["id"].as_str().unwrap().to_owned(),
            artifact: file["artifacts"][0]["name"].as_str().unwrap().to_owned(),
            task: file["steps"][0]["task_id"].as_str().unwrap().to_owned(),
        }
    }
}

/// Ids of what is Anna's.
struct Annas {
    endpoint: String,
    upload: String,
    job: String,
    file: String,
    artifact: String,
    task: String,
}

fn create(data: &Path, owner: &str, role: &str) -> String {
    let made = Command::new(BINARY)
        .args(["keys", "create", "--owner", owner, "--role", role, "--data"])
        .arg(data)
        .envs(backends::environment(data))
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    String::from_utf8(made.stdout).unwrap().trim().to_owned()
}

/// What a route must answer to somebody else, asked with Anna's ids.
#[derive(Debug, Clone, Copy, PartialEq)]
enum To {
    /// Everybody, even a stranger: nothing in it is anybody's.
    All,
    /// An owner gets an answer, in which there is nothing of Anna's.
    Own,
    /// An owner is told that there is no such thing.
    NotFound,
    /// Only those who run the service.
    Role,
}

/// Every route that there is. One that is missing here fails the test: whoever adds it says who may see what.
const ROUTES: &[(&str, &str, To)] = &[
    ("get", "/health/live", To::All),
    ("get", "/health/ready", To::All),
    ("get", "/health/health", To::Own),
    ("get", "/api/v1/health/jobs", To::Role),
    ("get", "/api/v1/health/{server}", To::Role),
    ("get", "/metrics", To::Role),
    ("get", "/scaler", To::Role),
    ("get", "/api/batch_status", To::NotFound),
    ("get", "/api/v1/jobs", To::Own),
    ("post", "/api/v1/jobs", To::Own),
    ("get", "/api/v1/jobs/metrics", To::Own),
    ("get", "/api/v1/jobs/{id}", To::NotFound),
    ("delete", "/api/v1/jobs/{id}", To::NotFound),
    ("get", "/api/v1/jobs/{id}/status", To::NotFound),
    ("get", "/api/v1/jobs/{id}/events", To::NotFound),
    ("get", "/api/v1/jobs/{id}/results", To::NotFound),
    ("get", "/api/v1/jobs/{id}/messages", To::NotFound),
    ("get", "/api/v1/jobs/{id}/artifacts/{file}/{name}", To::NotFound),
    ("post", "/api/v1/jobs/{id}/cancel", To::NotFound),
    ("post", "/api/v1/jobs/{id}/retry", To::NotFound),
    ("post", "/api/v1/uploads", To::Own),
    ("options", "/api/v1/uploads", To::Own),
    ("post", "/api/v1/uploads/direct", To::Own),
    ("get", "/api/v1/uploads/direct/{id}", To::NotFound),
    ("post", "/api/v1/uploads/direct/{id}/complete", To::NotFound),
    ("head", "/api/v1/uploads/{id}", To::NotFound),
    ("patch", "/api/v1/uploads/{id}", To::NotFound),
    ("delete", "/api/v1/uploads/{id}", To::NotFound),
    ("post", "/api/v1/uploads/{id}", To::NotFound),
    ("post", "/api/v1/events/s3", To::Own),
    ("get", "/api/v1/crons", To::Own),
    ("post", "/api/v1/crons", To::Own),
    ("delete", "/api/v1/crons/{name}", To::NotFound),
    ("get", "/api/v1/pipelines", To::Own),
    ("get", "/api/v1/pipelines/{name}", To::NotFound),
    ("post", "/api/v1/pipelines/check", To::Own),
    ("get", "/api/v1/queue/jobs", To::Own),
    ("get", "/api/v1/queue/stats", To::Own),
    ("get", "/api/v1/queue/status", To::Own),
    ("get", "/api/v1/queues", To::Role),
    ("post", "/api/v1/queues/{name}/pause", To::Role),
    ("post", "/api/v1/queues/{name}/resume", To::Role),
    ("get", "/api/v1/workers", To::Role),
    ("get", "/api/v1/dead", To::Own),
    ("get", "/api/v1/dead/{task}", To::NotFound),
    ("post", "/api/v1/dead/redrive", To::Own),
    ("post", "/api/v1/dead/purge", To::Own),
    ("get", "/api/v1/credits", To::Own),
    ("get", "/api/v1/credits/ledger", To::Own),
    ("post", "/api/v1/credits/grant", To::Role),
    ("post", "/api/v1/credits/quote", To::Own),
    ("get", "/api/v1/keys", To::Role),
    ("post", "/api/v1/keys", To::Role),
    ("delete", "/api/v1/keys/{id}", To::Role),
    ("get", "/api/v1/records", To::Own),
    ("get", "/api/v1/records/export", To::Own),
    ("get", "/api/v1/records/{file}", To::NotFound),
    ("post", "/api/v1/records/{file}/review", To::NotFound),
    ("get", "/api/v1/webhooks", To::Own),
    ("post", "/api/v1/webhooks", To::Own),
    ("post", "/api/v1/webhooks/replay", To::NotFound),
    ("get", "/api/v1/webhooks/{id}", To::NotFound),
    ("delete", "/api/v1/webhooks/{id}", To::NotFound),
    ("post", "/api/v1/webhooks/{id}/enable", To::NotFound),
    ("post", "/api/v1/webhooks/{id}/rotate", To::NotFound),
    ("get", "/api/v1/webhooks/{id}/deliveries", To::NotFound),
    ("post", "/api/v1/session", To::Own),
    ("delete", "/api/v1/session", To::Own),
];

/// The address of a route with what is Anna's in every place.
fn address(path: &str, annas: &Annas) -> String {
    let named = if path.contains("artifacts") { &annas.artifact } else { MARK };
    let path = path
        .replace("/uploads/{id}", &format!("/uploads/{}", annas.upload))
        .replace("/webhooks/{id}", &format!("/webhooks/{}", annas.endpoint))
        .replace("/keys/{id}", &format!("/keys/key_{}", "0".repeat(32)));
    let path = path.replace("{id}", &annas.job).replace("{file}", &annas.file).replace("{task}", &annas.task).replace("{name}", named);
    if path == "/api/batch_status" { format!("{path}?jobs={}", annas.job) } else { path }
}

fn body(path: &str, annas: &Annas) -> Option<Value> {
    Some(match path {
        "/api/v1/jobs" => json!({"pipeline": "image", "files": []}),
        "/api/v1/uploads/direct" => json!({"bytes": 1}),
        "/api/v1/events/s3" => json!({"Records": []}),
        "/api/v1/dead/redrive" | "/api/v1/dead/purge" => json!({"tasks": [annas.task]}),
        "/api/v1/credits/grant" => json!({"owner": "ben", "amount": 1}),
        "/api/v1/credits/quote" => json!({"pipeline": "image", "files": []}),
        "/api/v1/webhooks" => json!({"url": "https://example.org/hook"}),
        "/api/v1/webhooks/replay" => json!({"endpoint": annas.endpoint}),
        "/api/v1/webhooks/{id}/rotate" => json!({}),
        "/api/v1/records/{file}/review" => json!({"revision": 1}),
        "/api/v1/keys" => json!({"owner": "ben", "name": "more", "role": "admin"}),
        _ => return None,
    })
}

/// Paths and methods of the document that the server itself gives.
async fn documented(served: &Served) -> Vec<(String, String)> {
    let document = served.get("/openapi.json").await.unwrap();
    let paths = document["paths"].as_object().unwrap().clone();
    let methods = |item: &Value| item.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    paths.iter().flat_map(|(path, item)| methods(item).into_iter().map(move |m| (m, path.clone()))).collect()
}

#[tokio::test]
async fn no_route_shows_or_changes_what_is_another_owners() {
    let mut world = World::start().await;
    let annas = world.annas().await;
    for (method, path) in documented(&world.served).await {
        let found = ROUTES.iter().find(|(m, p, _)| *m == method && *p == path);
        let (.., to) = found.unwrap_or_else(|| panic!("{method} {path} is new: say in ROUTES who may see what"));
        let (address, body) = (address(&path, &annas), body(&path, &annas));
        let (status, text) = world.ask("ben", &method, &address, body).await;
        for hers in [MARK, annas.job.trim_start_matches("job_")] {
            let shown = text.replace(&address, "");
            assert!(!shown.contains(hers) || status == 404, "{method} {address} shows `{hers}` to Ben: {text}");
        }
        match to {
            To::NotFound => assert_eq!(status, 404, "{method} {address}: {text}"),
            To::Role => assert_eq!(status, 403, "{method} {address}: {text}"),
            To::All | To::Own => assert!(status < 500 && status != 401 && status != 403, "{method} {address}: {status} {text}"),
        }
    }
    let (status, text) = world.ask("anna", "GET", &format!("/api/v1/jobs/{}", annas.job), None).await;
    assert!(status == 200 && text.contains(MARK), "what is hers is still there: {text}");
    let (_, crons) = world.ask("anna", "GET", "/api/v1/crons", None).await;
    assert!(crons.contains(MARK), "{crons}");
}

#[tokio::test]
async fn a_stranger_gets_nothing_but_health_the_document_and_the_dashboards_own_files() {
    let mut world = World::start().await;
    let annas = world.annas().await;
    for (method, path, to) in ROUTES {
        let (status, code) = world.code("nobody", method, &address(path, &annas), body(path, &annas)).await;
        if *to == To::All {
            assert_eq!(status, 200, "{method} {path}");
        } else {
            // The answer to a HEAD has no body that could name a code.
            let named = if *method == "head" { "" } else { "key_required" };
            assert_eq!((status, code.as_str()), (401, named), "{method} {path}");
        }
    }
    for open in ["/", "/jobs", "/queues", "/openapi.json"] {
        assert_eq!(world.ask("nobody", "GET", open, None).await.0, 200, "{open}");
    }
    let (_, ready) = world.ask("nobody", "GET", "/health/ready", None).await;
    assert!(!ready.contains("ffmpeg"), "a stranger learns nothing of the machine: {ready}");
    let answer = world.served.request(Method::GET, "/api/v1/jobs").send().await.unwrap();
    assert!(answer.headers()["www-authenticate"].to_str().unwrap().starts_with("Bearer"));
}

#[tokio::test]
async fn a_wrong_key_is_refused_whatever_is_wrong_with_it() {
    let world = World::start().await;
    let good = &world.keys["anna"];
    let other = format!("{}_{}", good.rsplit_once('_').unwrap().0, "A".repeat(43));
    for bad in ["", "gm_", "nonsense", &good[..good.len() - 1], &other] {
        let answer = world.served.request(Method::GET, "/api/v1/jobs").header("X-Api-Key", bad).send().await.unwrap();
        let problem: Value = answer.json().await.unwrap();
        assert_eq!((problem["status"].as_u64(), problem["code"].as_str()), (Some(401), Some("key_invalid")), "{bad:?}");
    }
    let answer = world.served.request(Method::GET, "/api/v1/jobs").header("X-Api-Key", good).send().await.unwrap();
    assert_eq!(answer.status(), 200);
}

#[tokio::test]
async fn a_role_may_do_what_it_says_and_no_more() {
    let world = World::start().await;
    let grant = || Some(json!({"owner": "anna", "amount": 5}));
    for (who, path, method, body, status) in [
        ("otto", "/api/v1/queues", "GET", None, 200),
        ("otto", "/api/v1/workers", "GET", None, 200),
        ("otto", "/metrics", "GET", None, 200),
        ("otto", "/scaler", "GET", None, 200),
        ("otto", "/api/v1/health/jobs", "GET", None, 200),
        ("otto", "/api/v1/keys", "GET", None, 403),
        ("otto", "/api/v1/credits/grant", "POST", grant(), 403),
        ("otto", "/api/v1/credits?owner=anna", "GET", None, 403),
        ("anna", "/api/v1/dead?owner=ben", "GET", None, 403),
        ("ada", "/api/v1/keys", "GET", None, 200),
        ("ada", "/api/v1/queues", "GET", None, 200),
        ("ada", "/api/v1/credits/grant", "POST", grant(), 201),
        ("ada", "/api/v1/credits?owner=anna", "GET", None, 200),
    ] {
        let (found, text) = world.ask(who, method, path, body).await;
        assert_eq!(found, status, "{who} {method} {path}: {text}");
    }
    assert_eq!(world.code("anna", "GET", "/api/v1/queues", None).await, (403, "role_required".into()));
}

#[tokio::test]
async fn a_key_made_over_http_works_until_it_is_revoked() {
    let world = World::start().await;
    let (status, text) = world.ask("ada", "POST", "/api/v1/keys", Some(json!({"owner": "cleo", "name": "laptop"}))).await;
    let made: Value = serde_json::from_str(&text).unwrap();
    assert_eq!((status, made["role"].as_str()), (201, Some("owner")), "{text}");
    let key = made["key"].as_str().unwrap();
    let jobs = async || world.served.request(Method::GET, "/api/v1/jobs").bearer_auth(key).send().await.unwrap().status().as_u16();
    assert_eq!(jobs().await, 200);
    let (_, listed) = world.ask("ada", "GET", "/api/v1/keys", None).await;
    assert!(listed.contains("laptop") && !listed.contains(key.rsplit('_').next().unwrap()), "{listed}");
    let (status, text) = world.ask("ada", "DELETE", &format!("/api/v1/keys/{}", made["id"].as_str().unwrap()), None).await;
    assert_eq!(status, 200, "{text}");
    until("the revoked key to be refused", Duration::from_secs(5), async || (jobs().await == 401).then_some(())).await;
}

#[tokio::test]
async fn one_request_makes_one_key_and_one_grant() {
    let world = World::start().await;
    let post = async |path: &str, once: &str, body: Value| {
        let request = world.served.request(Method::POST, path).bearer_auth(&world.keys["ada"]).header("Idempotency-Key", once);
        let answer = request.json(&body).send().await.unwrap();
        (answer.status().as_u16(), answer.json::<Value>().await.unwrap())
    };
    let key = json!({"owner": "cleo", "name": "laptop"});
    assert_eq!(post("/api/v1/keys", "k1", key.clone()).await.0, 201);
    let (status, problem) = post("/api/v1/keys", "k1", key).await;
    assert_eq!((status, problem["code"].as_str()), (409, Some("key_exists")));
    let grant = json!({"owner": "anna", "amount": 2.5, "note": "welcome"});
    let first = post("/api/v1/credits/grant", "g1", grant.clone()).await;
    assert_eq!((first.0, &first.1["amount"]), (201, &json!(2.5)));
    assert_eq!(post("/api/v1/credits/grant", "g1", grant).await, first);
    let (status, problem) = post("/api/v1/credits/grant", "g1", json!({"owner": "anna", "amount": 3})).await;
    assert_eq!((status, problem["code"].as_str()), (422, Some("idempotency_key_taken")));
    let (_, balance) = world.ask("anna", "GET", "/api/v1/credits", None).await;
    assert_eq!(serde_json::from_str::<Value>(&balance).unwrap()["available"], 2.5);
}

#[tokio::test]
async fn a_page_reads_its_owners_jobs_with_a_ticket_and_does_nothing_else() {
    let mut world = World::start().await;
    let annas = world.annas().await;
    let opened = world.served.request(Method::POST, "/api/v1/session").bearer_auth(&world.keys["anna"]).send().await.unwrap();
    let cookie = opened.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    let job = format!("/api/v1/jobs/{}", annas.job);
    let ask = async |method: Method, path: &str, cookie: &str| {
        world.served.request(method, path).header("Cookie", cookie).send().await.unwrap().status().as_u16()
    };
    assert_eq!(ask(Method::GET, &job, &cookie).await, 200);
    assert_eq!(ask(Method::GET, &format!("{job}/artifacts/{}/{}", annas.file, annas.artifact), &cookie).await, 200);
    assert_eq!(ask(Method::DELETE, &job, &cookie).await, 401);
    assert_eq!(ask(Method::POST, &format!("{job}/retry"), &cookie).await, 401);
    assert_eq!(ask(Method::GET, &job, &format!("{cookie}0")).await, 401);
    let of_ada = world.served.request(Method::POST, "/api/v1/session").bearer_auth(&world.keys["ada"]).send().await.unwrap();
    let cookie = of_ada.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    assert_eq!(ask(Method::GET, "/api/v1/keys", &cookie).await, 403, "a ticket has no role");
}

#[tokio::test]
async fn with_keys_an_open_address_is_served_and_nobody_comes_in_without_one() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let key = create(&data, "anna", "owner");
    let mut served = Served::start_at(Path::new(BINARY), &data, "0.0.0.0:0", &[]).await.unwrap();
    assert_eq!(served.request(Method::GET, "/api/v1/jobs").send().await.unwrap().status(), 401);
    served.key = Some(key);
    assert_eq!(served.get("/api/v1/jobs").await.unwrap()["items"], json!([]));
    let named = served.request(Method::GET, "/api/v1/jobs").header("Host", "mill.example").send().await.unwrap();
    assert_eq!(named.status(), 200, "a name of its own is fine where keys are asked for");
}

#[tokio::test]
async fn the_commands_send_the_key_of_the_environment() {
    let world = World::start().await;
    let run = |args: &[&str], key: Option<&str>| {
        let mut command = Command::new(BINARY);
        command.args(args).args(["--server", &world.served.url]).envs(key.map(|k| ("GRISTMILL_API_KEY", k)));
        let ended = command.output().unwrap();
        (ended.status.code(), String::from_utf8(ended.stdout).unwrap(), String::from_utf8(ended.stderr).unwrap())
    };
    let admin = Some(world.keys["ada"].as_str());
    assert_eq!(run(&["jobs", "list"], admin).0, Some(0));
    assert!(run(&["queues", "list"], admin).1.contains("upload.batch"));
    assert!(run(&["workers", "list"], admin).1.contains("alive"));
    assert_eq!(run(&["dead", "list"], admin).0, Some(0));
    assert!(run(&["credits", "grant", "anna", "7"], admin).1.contains("granted 7"));
    assert!(run(&["credits", "balance", "--owner", "anna"], admin).1.contains("7 available"));
    let made = run(&["keys", "create", "--owner", "anna"], admin);
    assert!(made.1.starts_with("gm_") && run(&["jobs", "list"], Some(made.1.trim())).0 == Some(0), "{}", made.2);
    let refused = run(&["jobs", "list"], None);
    assert!(refused.0 == Some(1) && refused.2.contains("key_required") && refused.2.contains("GRISTMILL_API_KEY"), "{}", refused.2);
}
