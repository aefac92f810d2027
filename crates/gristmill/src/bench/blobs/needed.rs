//! How much is fetched of a film for what a tool needs of it. Needed is what the same tool reads of the same file on a disk, by
//! libavformat's own count at the log level `verbose`; it has whole blocks of 32 KiB in it, as any reader's would.

use std::path::Path;
use std::process::Stdio;

use anyhow::{Context as _, ensure};
use gristmill_gateway::{Bounds, Gateway};
use gristmill_operate::Source;
use serde_json::json;
use tokio::process::Command;

use super::place::Place;
use crate::bench::figures::Figures;
use crate::bench::images::ffmpeg;

/// What is looked at of a film: the tool, what stands before its input, and what after.
const PROBE: (&str, &str, &str) = ("ffprobe", "-v verbose", "-show_streams -show_format");
const CUT: (&str, &str, &str) = ("ffmpeg", "-nostdin -v verbose -ss 300 -t 5", "-c copy -f md5 -");

/// A minute of 8 Mbit/s, which is repeated until the film has its size.
const MINUTE: &str = "-f lavfi -i testsrc2=s=1920x1080:r=30 -f lavfi -i anoisesrc=a=0.1:r=48000 -t 60 -c:v libx264 -preset ultrafast \
    -b:v 8M -minrate 8M -maxrate 8M -bufsize 8M -nal-hrd cbr -g 30 -c:a aac -b:a 128k";

/// Bytes fetched for each that is needed, with the index of the film at its end and in front.
pub async fn bench(figures: &Figures, place: &Place, mib: u64) -> anyhow::Result<()> {
    let (minute, end, front) = (place.path("minute.mp4"), place.path("end.mp4"), place.path("front.mp4"));
    ffmpeg(&MINUTE.split(' ').collect::<Vec<_>>(), &minute).await?;
    let size = (mib << 20).to_string();
    let again = ["-stream_loop", "-1", "-i", text(&minute)?, "-c", "copy", "-fs", &size];
    ffmpeg(&again, &end).await?;
    ratios(figures, place, &end, "at the end").await?;
    ffmpeg(&["-i", text(&end)?, "-c", "copy", "-movflags", "+faststart"], &front).await?;
    std::fs::remove_file(end)?;
    ratios(figures, place, &front, "in front").await?;
    std::fs::remove_file(front)?;
    Ok(())
}

async fn ratios(figures: &Figures, place: &Place, film: &Path, index: &str) -> anyhow::Result<()> {
    place.put("film", film).await?;
    let object = place.object("film").await?;
    for (what, tool) in [("probing", PROBE), ("cutting 5 s out of it", CUT)] {
        let (expected, needed) = read(tool, &Source::from(film)).await?;
        // What an earlier tool has left would be had for nothing.
        let gateway = Gateway::start(Bounds::default())?;
        let link = gateway.open(&object)?;
        let source = Source::Link { url: link.url(), port: link.port(), bytes: object.size(), head: axum::body::Bytes::new() };
        let (found, _) = read(tool, &source).await?;
        ensure!(found == expected && link.error().is_none(), "{} sees another film through the gateway", tool.0);
        let fetched = link.counts().fetched;
        let film = format!("{} MiB of MP4, its index {index}", object.size() >> 20);
        let conditions = json!({"film": film, "needed": format!("{needed} bytes"), "fetched": format!("{fetched} bytes")});
        let case = format!("gateway, fetched for a byte that {what} needs, index {index}");
        figures.print("blobs", &case, fetched as f64 / needed as f64, "bytes", conditions);
    }
    place.delete("film").await
}

/// What a tool says of a film, as its steps call it, and how many bytes it read.
async fn read((tool, before, after): (&str, &str, &str), source: &Source) -> anyhow::Result<(String, u64)> {
    let mut command = Command::new(tool);
    command.args(before.split(' ')).args(source.options()).args(["-f", "mov", "-i"]).arg(source.url()).args(after.split(' '));
    let output = command.stdin(Stdio::null()).kill_on_drop(true).output().await;
    let output = output.with_context(|| format!("{tool} cannot be started; `gristmill doctor` says how to install it"))?;
    let log = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{tool} failed on the film; `{tool} {before}` of a sample file says why");
    let bytes = |line: &str| line.split_once("Statistics: ")?.1.split_once(" bytes read")?.0.parse::<u64>().ok();
    let read = log.lines().filter_map(bytes).max().with_context(|| format!("{tool} does not say how much it read"))?;
    let said = String::from_utf8_lossy(&output.stdout);
    // The address is told too, and differs.
    Ok((said.replace(&*source.url().to_string_lossy(), ""), read))
}

fn text(path: &Path) -> anyhow::Result<&str> {
    path.to_str().context("the temporary folder's path is not UTF-8")
}
