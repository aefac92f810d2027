//! The load: submitters that send a job under a key until it is answered, and write the answer to a ledger outside the database.

use std::io::Write;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Result;
use serde_json::{Value, json};

/// Submitters at once.
const SUBMITTERS: usize = 3;

/// Jobs that were answered and may not have ended: more are not sent, so that the end is not far when the kills are over.
const AHEAD: u64 = 40;

/// A job that the door promised.
#[derive(Debug, Clone)]
pub struct Answered {
    /// Its id.
    pub job: String,
    /// Files that are pictures.
    pub good: u32,
    /// Files that are not.
    pub bad: u32,
}

/// Running submitters.
pub struct Load {
    /// Jobs that were answered so far.
    pub answered: Arc<AtomicUsize>,
    ledger: Arc<Mutex<Vec<Answered>>>,
    stop: Arc<AtomicBool>,
    submitters: Vec<tokio::task::JoinHandle<()>>,
}

impl Load {
    /// Starts them. The ledger is also written to `ledger.jsonl` in the folder, line by line.
    pub fn start(folder: &Path, address: String) -> Result<Self> {
        let picture = gristmill_harness::media::make(folder, "small.png", &["-f", "lavfi", "-i", "testsrc2=size=64x48", "-frames:v", "1"]);
        let picture = std::fs::read(picture)?;
        let file = Arc::new(Mutex::new(std::fs::File::create(folder.join("ledger.jsonl"))?));
        let (answered, ledger, stop) = (Arc::new(AtomicUsize::new(0)), Arc::default(), Arc::new(AtomicBool::new(false)));
        let mut load = Self { answered, ledger, stop, submitters: Vec::new() };
        for n in 0..SUBMITTERS {
            let (answered, ledger, stop) = (load.answered.clone(), load.ledger.clone(), load.stop.clone());
            let (file, picture, address) = (file.clone(), picture.clone(), address.clone());
            load.submitters.push(tokio::spawn(async move {
                let client = reqwest::Client::builder().timeout(Duration::from_secs(10)).build().expect("a client");
                let mut turn = 0u32;
                while !stop.load(Ordering::SeqCst) {
                    turn += 1;
                    wait_for_room(&client, &address, &stop).await;
                    let answer = submit(&client, &address, &format!("{n}-{turn}"), turn, &picture).await;
                    let line = json!({"job": answer.job, "good": answer.good, "bad": answer.bad});
                    writeln!(file.lock().unwrap_or_else(PoisonError::into_inner), "{line}").expect("the ledger is written");
                    ledger.lock().unwrap_or_else(PoisonError::into_inner).push(answer);
                    answered.fetch_add(1, Ordering::SeqCst);
                }
            }));
        }
        Ok(load)
    }

    /// Lets the submitters finish what they have begun, and gives the ledger.
    pub async fn stop(self) -> Result<Vec<Answered>> {
        self.stop.store(true, Ordering::SeqCst);
        for submitter in self.submitters {
            submitter.await?;
        }
        let ledger = self.ledger.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Ok(ledger)
    }
}

async fn wait_for_room(client: &reqwest::Client, address: &str, stop: &AtomicBool) {
    while !stop.load(Ordering::SeqCst) {
        let status = async {
            let answer = client.get(format!("{address}/api/v1/queue/status")).send().await.ok()?;
            let status: Value = answer.json().await.ok()?;
            Some(status["pending_jobs"].as_u64()? + status["processing_jobs"].as_u64()?)
        };
        match status.await {
            Some(open) if open < AHEAD => return,
            _ => tokio::time::sleep(Duration::from_millis(100)).await,
        }
    }
}

/// Sends one job under its key until the door has answered.
async fn submit(client: &reqwest::Client, address: &str, key: &str, turn: u32, picture: &[u8]) -> Answered {
    let (good, bad) = (1 + turn % 3, turn % 2);
    loop {
        let request = json!({"pipeline": "chaos", "notify": {"email": {"to": "owner@example.org", "on": ["finished", "failed"]}}});
        let mut form = reqwest::multipart::Form::new().text("request", request.to_string());
        for n in 0..good {
            form = form.part("file", reqwest::multipart::Part::bytes(picture.to_vec()).file_name(format!("good-{n}.png")));
        }
        for n in 0..bad {
            form = form.part("file", reqwest::multipart::Part::bytes(b"no picture at all".to_vec()).file_name(format!("bad-{n}.png")));
        }
        let sent = client.post(format!("{address}/api/v1/jobs")).header("Idempotency-Key", key).multipart(form).send().await;
        if let Ok(answer) = sent
            && answer.status() == 202
            && let Ok(body) = answer.json::<Value>().await
            && let Some(job) = body["id"].as_str()
        {
            return Answered { job: job.to_owned(), good, bad };
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
