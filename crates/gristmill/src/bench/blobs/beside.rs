//! One object sent and fetched in turn by us and by other clients of the same bucket.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::path::Path;

use anyhow::ensure;
use gristmill_blob::hex;
use gristmill_gateway::{Bounds, Gateway};
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::MIB;
use super::peers::{Peers, Way, curl};
use super::place::Place;
use super::process::{Took, run};
use super::table::Table;
use crate::bench::args::BlobsArgs;
use crate::bench::figures::Figures;

/// The ratios that are told.
const RATIOS: [(&str, &str); 8] = [
    ("sent", "sent by boto3"),
    ("sent", "sent by aws s3 cp"),
    ("fetched", "fetched by boto3"),
    ("fetched", "fetched by aws s3 cp"),
    ("fetched", "bare copy by curl to a file"),
    ("fetched and checked", "fetched by boto3"),
    ("streamed", "bare copy by curl"),
    ("read by curl through the gateway", "bare copy by curl"),
];

/// Rates of all, and their ratios.
pub async fn bench(figures: &Figures, place: &Place, args: &BlobsArgs) -> anyhow::Result<()> {
    let peers = match &args.peers {
        Some(folder) => Some(Peers::new(folder, place).await?),
        None => None,
    };
    let (bytes, file) = (args.object_mib * MIB, place.path("noise"));
    let sha256 = noise(&file, bytes)?;
    let mut conditions = json!({
        "object": format!("{} MiB of noise", args.object_mib),
        "rounds": args.rounds, "order": "in turn, after one reading that does not count", "counted": "the median",
        "checked": "against the SHA-256 of the whole, as ours are when it is known; the others check nothing",
        "clock": "of aws and curl: the whole process; ours and boto3's: once it is loaded",
    });
    if let Some(peers) = &peers {
        conditions["peers"] = json!(peers.versions);
    }
    let mut table = Table::new(bytes, conditions);
    for _ in 0..args.rounds {
        send(&mut table, place, peers.as_ref(), &file).await?;
        fetch(&mut table, place, peers.as_ref(), bytes, &sha256).await?;
    }
    table.print(figures, &RATIOS);
    std::fs::remove_file(file)?;
    for name in ["ours", "boto3", "aws"] {
        place.delete(name).await?;
    }
    Ok(())
}

async fn send(table: &mut Table, place: &Place, peers: Option<&Peers<'_>>, file: &Path) -> anyhow::Result<()> {
    let ours = place.alone(["send".as_ref(), file.as_os_str(), place.key("ours")?.as_str().as_ref()])?;
    table.note("sent", run(ours, "").await?);
    if let Some(peers) = peers {
        table.note("sent by boto3", peers.boto3(Way::Send, "boto3", file).await?);
        table.note("sent by aws s3 cp", peers.aws(Way::Send, "aws", file).await?);
    }
    Ok(())
}

async fn fetch(table: &mut Table, place: &Place, peers: Option<&Peers<'_>>, bytes: u64, sha256: &str) -> anyhow::Result<()> {
    let (key, to, nowhere, url) = (place.key("ours")?, place.path("fetched"), Path::new("/dev/null"), place.signed("ours").await?);
    // The server tidies up after a large object was sent, which would be charged to whoever reads first.
    curl(&url, nowhere).await?;
    // What was fetched is all there, and in nobody's way afterwards.
    let whole = |took: Took| {
        ensure!(to.metadata()?.len() == bytes, "the object was fetched in part");
        std::fs::remove_file(&to)?;
        Ok(took)
    };
    table.note("fetched", whole(run(place.alone(["fetch".as_ref(), key.as_str().as_ref(), to.as_os_str()])?, "").await?)?);
    let checked = place.alone(["fetch".as_ref(), key.as_str().as_ref(), to.as_os_str(), sha256.as_ref()])?;
    table.note("fetched and checked", whole(run(checked, "").await?)?);
    if let Some(peers) = peers {
        table.note("fetched by boto3", whole(peers.boto3(Way::Fetch, "ours", &to).await?)?);
        table.note("fetched by aws s3 cp", whole(peers.aws(Way::Fetch, "ours", &to).await?)?);
    }
    table.note("bare copy by curl to a file", whole(curl(&url, &to).await?)?);
    table.note("bare copy by curl", curl(&url, nowhere).await?);
    table.note("streamed", run(place.alone(["stream", key.as_str()])?, "").await?);
    let gateway = Gateway::start(Bounds::default())?;
    let link = gateway.open(&place.object("ours").await?)?;
    table.note("read by curl through the gateway", curl(&link.url(), nowhere).await?);
    ensure!(link.error().is_none(), "the gateway could not read the object");
    Ok(())
}

/// Bytes that nothing can make smaller, and their SHA-256.
fn noise(path: &Path, bytes: u64) -> std::io::Result<String> {
    let (mut noise, mut file, mut sha, mut piece) =
        (File::open("/dev/urandom")?.take(bytes), File::create(path)?, Sha256::new(), Vec::new());
    while noise.by_ref().take(MIB).read_to_end(&mut piece)? > 0 {
        file.write_all(&piece)?;
        sha.update(&piece);
        piece.clear();
    }
    Ok(hex(&sha.finalize()))
}
