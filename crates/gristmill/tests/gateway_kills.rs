//! `kill -9` of the whole server at random bytes of a film that it reads through the gateway: the same results in the end, and nothing
//! else left anywhere.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use gristmill_blob::s3::Settings;
use gristmill_blob::{Blobs, S3};
use gristmill_harness::{Served, media, until};
use gristmill_servers::s3::{ACCESS_KEY, SECRET_KEY};
use gristmill_servers::{Proxy, SeaweedFs, noise};
use reqwest::Method;
use serde_json::json;

const BINARY: &str = env!("CARGO_BIN_EXE_gristmill");
const SOON: Duration = Duration::from_secs(120);

/// In all.
const KILLS: usize = 50;
/// Of one job: two less than make a step the killer of its workers.
const KILLS_OF_A_JOB: usize = 10;
/// Set to what an earlier run printed, it chooses the same bytes again.
const SEED: &str = "GATEWAY_KILLS_SEED";

const FILM: &str = r#"
name = "film"
accepts = ["video"]
[[step]]
id = "check"
op = "file.check"
[[step]]
id = "transcode"
op = "video.transcode"
after = ["check"]
options = { preset = "ultrafast", rungs = [240] }
[[step]]
id = "package"
op = "video.package"
after = ["transcode"]
"#;

/// A server that is killed, and its bucket behind a line that counts.
struct World {
    served: Option<Served>,
    proxy: Proxy,
    s3: S3,
    environment: Vec<(&'static str, String)>,
    data: PathBuf,
    folder: tempfile::TempDir,
}

impl World {
    async fn start() -> Self {
        gristmill_blob::provide_tls();
        let (server, folder) = (SeaweedFs::shared(), tempfile::tempdir().unwrap());
        let (proxy, url) = (Proxy::to(server.address()), format!("s3://{}/mill", server.bucket()));
        let settings = Settings {
            endpoint: Some(server.endpoint()),
            access_key: Some(ACCESS_KEY.into()),
            secret_key: Some(SECRET_KEY.into()),
            ..Settings::from_url(&url).unwrap()
        };
        let environment = vec![
            ("GRISTMILL_BLOBS__URL", url),
            ("GRISTMILL_BLOBS__ENDPOINT", format!("http://{}", proxy.address())),
            ("AWS_ACCESS_KEY_ID", ACCESS_KEY.into()),
            ("AWS_SECRET_ACCESS_KEY", SECRET_KEY.into()),
            ("GRISTMILL_STREAMING__CHUNK_MB", "1".into()),
            ("GRISTMILL_STREAMING__THRESHOLD_MB", "0".into()),
        ];
        let data = folder.path().join("data");
        std::fs::create_dir_all(data.join("pipelines")).unwrap();
        std::fs::write(data.join("pipelines/film.toml"), FILM).unwrap();
        let s3 = S3::open(&settings, &folder.path().join("elsewhere")).unwrap();
        let mut world = Self { served: None, proxy, s3, environment, data, folder };
        world.restart().await;
        world
    }

    fn served(&self) -> &Served {
        self.served.as_ref().unwrap()
    }

    async fn restart(&mut self) {
        let environment: Vec<(&str, &str)> = self.environment.iter().map(|(name, value)| (*name, value.as_str())).collect();
        self.served = Some(Served::start_with(Path::new(BINARY), &self.data, &environment).await.unwrap());
    }

    /// A film of many bytes and little work.
    fn film(&self) -> PathBuf {
        let (picture, sound) =
            ("testsrc2=size=640x360:rate=25:duration=8,noise=alls=20:allf=t:all_seed=7", "sine=frequency=330:duration=8");
        let encode = ["-pix_fmt", "yuv420p", "-c:v", "libx264", "-preset", "ultrafast", "-crf", "24", "-c:a", "aac"];
        media::make(
            self.folder.path(),
            "film.mp4",
            &[&["-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", sound][..], &encode[..]].concat(),
        )
    }

    async fn submit(&self, film: &Path) -> String {
        self.served().submit(json!({"pipeline": "film", "reuse": false}), &[film.to_owned()]).await.unwrap()
    }

    /// Kills the server when so many bytes have come since its start, and starts it again. `None` when the job has ended before; else
    /// how many have come.
    async fn kill_after(&mut self, bytes: u64, job: &str) -> Option<u64> {
        let before = self.proxy.passed().1;
        let come = || self.proxy.passed().1 - before;
        let path = format!("/api/v1/jobs/{job}");
        let in_time = until("the film to be read, or the job to end", SOON, async || {
            let status = self.served().get(&path).await.unwrap()["status"].clone();
            let open = status == "pending" || status == "processing";
            (!open || come() >= bytes).then_some(open)
        })
        .await;
        if !in_time {
            return None;
        }
        self.served.as_mut().unwrap().kill_9();
        let come = come();
        self.restart().await;
        Some(come)
    }

    /// The bytes of each result of a job that read its film through the gateway.
    async fn results(&self, job: &str) -> BTreeMap<String, Vec<u8>> {
        let ended = self.served().ended(job, SOON).await;
        assert_eq!(ended["status"], "completed", "{ended}");
        let file = &ended["files"][0];
        let report = format!("/api/v1/jobs/{job}/artifacts/{}/report.json", file["id"].as_str().unwrap());
        let report = self.served().get(&report).await.unwrap();
        let steps = report["steps"].as_array().unwrap();
        for id in ["check", "transcode"] {
            let step = steps.iter().find(|step| step["id"] == id).unwrap();
            assert_eq!(step["report"]["reading"]["via"], "gateway", "{step}");
        }
        let mut results = BTreeMap::new();
        // The report tells times and attempts, and is a view of rows.
        for artifact in file["artifacts"].as_array().unwrap().iter().filter(|artifact| artifact["name"] != "report.json") {
            let answer = self.served().request(Method::GET, artifact["url"].as_str().unwrap()).send().await.unwrap();
            assert_eq!(answer.status(), 200, "{artifact}");
            results.insert(artifact["name"].as_str().unwrap().to_owned(), answer.bytes().await.unwrap().to_vec());
        }
        assert!(results.contains_key("240p.mp4") && results.contains_key("hls/master.m3u8"), "{:?}", results.keys());
        results
    }

    /// How many there are of all jobs.
    async fn blobs(&self) -> usize {
        self.s3.list(&"jobs".parse().unwrap()).await.unwrap().len()
    }

    /// In the bucket lie so many blobs and no half of one, on this node nothing of a process that is gone, and none of its children runs.
    async fn is_clean(&self, blobs: usize) {
        until("lost results to be swept", SOON, async || (self.blobs().await == blobs).then_some(())).await;
        // The server tells times in whole seconds.
        until("half a push to be aborted", SOON, async || (self.s3.abort_abandoned(Duration::ZERO).await.unwrap() == 0).then_some(()))
            .await;
        let bucket = self.data.join("bucket");
        let partial = names(&bucket.join("cache")).into_iter().find(|name| name.contains('.'));
        assert_eq!(partial, None, "a pull was begun and not ended");
        let spools = names(&bucket.join("spool"));
        let [spool, lock] = &spools[..] else { panic!("spools of processes that are gone: {spools:?}") };
        assert_eq!(*lock, format!("{spool}.lock"));
        assert_eq!(names(&bucket.join("spool").join(spool)), [""; 0], "scratch of attempts that are over");
        let children = std::fs::read_dir("/proc").unwrap().flatten().filter_map(|p| std::fs::read_link(p.path().join("cwd")).ok());
        let children: Vec<_> = children.filter(|at| at.starts_with(&self.data)).collect();
        assert!(children.is_empty(), "they run in {children:?}");
    }
}

/// What is in a folder, in order.
fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn seed() -> u64 {
    let now = || SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis() as u64;
    std::env::var(SEED).ok().map_or_else(now, |given| given.parse().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_kills_while_a_film_is_read_through_the_gateway_leave_the_same_results_and_nothing_else() {
    let seed = seed();
    println!("{SEED}={seed}");
    let dice = |kill: usize, below: u64| u64::from_le_bytes(noise(8, seed ^ kill as u64).try_into().unwrap()) % below;
    let mut world = World::start().await;
    let film = world.film();
    let size = std::fs::metadata(&film).unwrap().len();
    let unharmed = world.submit(&film).await;
    let expected = world.results(&unharmed).await;
    let blobs = world.blobs().await;
    world.is_clean(blobs).await;
    let (mut kills, mut read, mut jobs) = (0, 0, 1);
    while kills < KILLS {
        let job = world.submit(&film).await;
        jobs += 1;
        let most = KILLS.min(kills + KILLS_OF_A_JOB);
        while kills < most {
            let Some(come) = world.kill_after(dice(kills, size), &job).await else { break };
            (kills, read) = (kills + 1, read + come);
        }
        let results = world.results(&job).await;
        assert!(results.keys().eq(expected.keys()), "{:?} are not {:?}", results.keys(), expected.keys());
        let other: Vec<_> = results.iter().filter(|(name, bytes)| **bytes != expected[*name]).map(|(name, _)| name).collect();
        assert!(other.is_empty(), "{other:?} have other bytes after {kills} kills");
    }
    println!("{kills} kills, {jobs} jobs, {read} bytes read in vain of a film of {size}");
    assert!(read > KILLS as u64 / 4 * size, "the kills were to meet the reading: {read} bytes of a film of {size}");
    world.is_clean(jobs * blobs).await;
}
