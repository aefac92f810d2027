//! How much is fetched for what a tool needs of a film of half a gigabyte.
//!
//! Needed is what the same tool reads of the same file on a disk, where a jump costs nothing and nothing is read ahead: libavformat's
//! own count of the bytes that it took (`Statistics: … bytes read` at the log level `verbose`). It has whole blocks of 32 KiB in it, as
//! any reader's would.

mod common;

use std::path::{Path, PathBuf};
use std::process::Command;

use common::World;

/// Where the index of a film is.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Index {
    InFront,
    AtTheEnd,
}

/// A film of 1000 s and half a gigabyte, made of one of ten seconds by copying. Its index is that of a film of a gigabyte at the usual
/// 8 Mbit/s; half of that rate makes the test quicker, and the picture of a cut no larger than needed.
fn film(folder: &Path, index: Index) -> PathBuf {
    let ffmpeg = |args: &str| {
        let done = Command::new("ffmpeg").args(["-v", "error", "-y"]).args(args.split(' ')).current_dir(folder).status().unwrap();
        assert!(done.success(), "ffmpeg {args}");
    };
    ffmpeg(
        "-f lavfi -i testsrc2=s=1920x1080:r=30 -f lavfi -i anoisesrc=a=0.1:r=48000 -t 10 -c:v libx264 -preset ultrafast -b:v 4M -minrate 4M \
         -maxrate 4M -bufsize 4M -nal-hrd cbr -g 30 -c:a aac -b:a 128k short.mp4",
    );
    std::fs::write(folder.join("list"), "file short.mp4\n".repeat(100)).unwrap();
    ffmpeg("-f concat -i list -c copy end.mp4");
    if index == Index::AtTheEnd {
        return folder.join("end.mp4");
    }
    ffmpeg("-i end.mp4 -c copy -movflags +faststart front.mp4");
    folder.join("front.mp4")
}

/// Bytes fetched for each that is needed.
const MOST: f64 = 1.10;

/// What a connection can take of an answer before its tool closes it: the tool's buffer, which the kernel doubles, what is not sent yet,
/// a frame, and the block that is being fetched. How much of it is taken depends on when the kernel lets the tool run.
const HELD: u64 = (64 + 8 + 16 + 8 + 32) << 10;

/// How often a tool is run on a machine that is busy with other things until it is let run in time to close its connection.
const TRIES: usize = 3;

const PROBE: &str = "ffprobe -v verbose INPUT -show_streams -show_format";
const CUT: &str = "ffmpeg -v verbose -ss 300 -t 5 INPUT -c copy -f md5 -";
const WHOLE: &str = "ffmpeg -v verbose INPUT -c copy -f md5 -";

/// What the tool says, and how many bytes it read.
fn run(command: &str, input: &str) -> (String, u64) {
    let command = command.replace("INPUT", input);
    let output = Command::new("nice").args(command.split(' ')).output().unwrap();
    let log = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{log}");
    let read = log.lines().filter_map(|line| line.split_once("Statistics: ")?.1.split_once(" bytes read")?.0.parse::<u64>().ok()).max();
    (String::from_utf8_lossy(&output.stdout).replace(input.rsplit(' ').next().unwrap(), ""), read.unwrap())
}

/// Bytes fetched for each that is needed.
async fn ratio(world: &World, path: &Path, command: &'static str) -> f64 {
    let (expected, needed) = run(command, &format!("-f mov -i file:{}", path.display()));
    // What an earlier command has left would be had for nothing.
    let gateway = gristmill_gateway::Gateway::start(gristmill_gateway::Bounds::default()).unwrap();
    let link = gateway.open(&world.object().await).unwrap();
    let input = format!(
        "-protocol_whitelist http,tcp -multiple_requests 1 -short_seek_size 1048576 -recv_buffer_size 32768 -f mov -i {}",
        link.url()
    );
    let (found, _) = tokio::task::spawn_blocking(move || run(command, &input)).await.unwrap();
    assert_eq!(found, expected);
    assert!(link.error().is_none());
    let counts = link.counts();
    let ratio = counts.fetched as f64 / needed as f64;
    println!("{command}: {needed} bytes needed, {counts:?}, {ratio:.3}");
    let most = needed as f64 * MOST + (counts.requests * HELD) as f64;
    assert!(counts.fetched as f64 <= most, "{command} fetched {} bytes of {needed} needed: more than a line holds", counts.fetched);
    ratio
}

async fn costs_little_more_than_needed(index: Index) {
    let (world, folder) = (World::new(), tempfile::tempdir().unwrap());
    let path = film(folder.path(), index);
    world.put_file(&path).await;
    for command in [PROBE, CUT, WHOLE] {
        let mut least = f64::INFINITY;
        for _ in 0..TRIES {
            least = least.min(ratio(&world, &path, command).await);
            if least <= MOST {
                break;
            }
        }
        assert!(least <= MOST, "{command} of a film with its index {index:?} fetches {least:.3} bytes for each that is needed");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_film_with_its_index_in_front_costs_little_more_than_what_is_needed() {
    costs_little_more_than_needed(Index::InFront).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_film_with_its_index_at_the_end_costs_little_more_than_what_is_needed() {
    costs_little_more_than_needed(Index::AtTheEnd).await;
}
