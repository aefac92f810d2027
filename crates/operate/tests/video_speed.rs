//! How long a 60 s 1080p clip takes to become three rungs and HLS, against one hand-written ffmpeg command that decodes once.
//! Ignored in ordinary runs: it takes minutes, and its figures mean something only on a quiet machine.
//!
//!     cargo test -p gristmill-operate --test video_speed -- --ignored --nocapture

#[path = "video/rig.rs"]
mod rig;

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use rig::{film, make};
use serde_json::json;

/// The clip to measure with: `GRISTMILL_CLIP`, or one made of moving noise over a test pattern.
fn clip(dir: &Path) -> std::path::PathBuf {
    std::env::var_os("GRISTMILL_CLIP").map(Into::into).unwrap_or_else(|| {
        make(
            dir,
            "clip.mp4",
            "-f lavfi -i testsrc2=s=1920x1080:r=30:d=60,noise=alls=6:allf=t -f lavfi -i sine=440:r=48000:d=60 \
             -c:v libx264 -preset veryfast -crf 20 -c:a aac -ac 2 -pix_fmt yuv420p",
        )
    })
}

/// One process, one decode, a split, three encoders; no verification, no HLS.
fn by_hand(clip: &Path, out: &Path) -> f64 {
    let mut command = Command::new("ffmpeg");
    command.args(["-nostdin", "-v", "error", "-y", "-i"]).arg(clip);
    command.args(["-filter_complex", "[0:v]split=3[a][b][c];[a]scale=-2:1080[x];[b]scale=-2:720[y];[c]scale=-2:360[z]"]);
    for (pad, name) in [("[x]", "1080.mp4"), ("[y]", "720.mp4"), ("[z]", "360.mp4")] {
        command.args(["-map", pad, "-map", "0:a", "-c:v", "libx264", "-preset", "veryfast", "-crf", "23", "-g", "60", "-keyint_min", "60"]);
        command.args(["-sc_threshold", "0", "-c:a", "aac", "-b:a", "128k"]).arg(out.join(name));
    }
    let start = Instant::now();
    assert!(command.status().unwrap().success());
    start.elapsed().as_secs_f64()
}

#[tokio::test]
#[ignore = "minutes of encoding, for measuring"]
async fn a_ladder_costs_at_most_a_tenth_more_than_one_command_by_hand() {
    let dir = tempfile::tempdir().unwrap();
    let clip = clip(dir.path());
    let runs: u32 = std::env::var("GRISTMILL_RUNS").ok().and_then(|n| n.parse().ok()).unwrap_or(3);
    let (mut ours, mut hand) = (0.0, 0.0);
    for _ in 0..runs {
        let start = Instant::now();
        film(&clip, json!({ "rungs": [1080, 720, 360] })).await.unwrap();
        let (mine, theirs) = (start.elapsed().as_secs_f64(), by_hand(&clip, dir.path()));
        println!("transcode and package {mine:.2} s, by hand {theirs:.2} s, ratio {:.3}", mine / theirs);
        ours += mine;
        hand += theirs;
    }
    println!("together: ratio {:.3}", ours / hand);
    assert!(ours / hand <= 1.10, "{ours:.2} s against {hand:.2} s");
}
