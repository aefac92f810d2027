//! `video.poster`: one picture that stands for the film.
//!
//! Five pictures a second of the first ten seconds are looked at, and the one nearest to their average histogram is taken:
//! a fade from black or a flash is unlike the others and loses.

use std::ffi::OsString;
use std::time::Duration;

use async_trait::async_trait;
use gristmill_model::operation::Class;
use serde_json::json;

use super::diagnosis::{self, Reading as Whose};
use super::ffmpeg::{self, Run};
use super::plan::Colour;
use super::source::{Picture, Source};
use super::{args, graph, inspect};
use crate::context::{Context, Input};
use crate::operation::{Draft, Operation, OperationError, Options, Outcome, Produced, read_options};
use crate::source::Source as Bytes;

const FILE: &str = "poster.jpg";

/// Options of `video.poster`.
#[derive(Debug, Clone, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Settings {
    /// The poster is at most this wide, and never wider than the film.
    width: u32,
    /// Seconds of the beginning that are looked at.
    seconds: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self { width: 1280, seconds: 10 }
    }
}

impl Settings {
    fn read(options: &Options) -> Result<Self, String> {
        let settings: Self = read_options(options)?;
        if !(16..=4096).contains(&settings.width) {
            return Err(format!("`width` is {}, but goes from 16 to 4096 pixels", settings.width));
        }
        if !(1..=20).contains(&settings.seconds) {
            return Err(format!("`seconds` is {}, but goes from 1 to 20", settings.seconds));
        }
        Ok(settings)
    }
}

/// The operation `video.poster`.
pub(crate) struct Poster;

#[async_trait]
impl Operation for Poster {
    fn name(&self) -> &'static str {
        "video.poster"
    }

    fn about(&self) -> &'static str {
        "A JPEG of a representative picture from the first seconds, upright, at most 1280 wide."
    }

    fn version(&self) -> Option<u32> {
        Some(1)
    }

    fn class(&self) -> Class {
        Class::CpuSmall
    }

    fn check_options(&self, options: &Options) -> Result<(), String> {
        Settings::read(options).map(drop)
    }

    /// Ten seconds of film are decoded, whatever the size of the file.
    fn estimate(&self, bytes: u64) -> Duration {
        Duration::from_millis(500 + (bytes / 10_000).min(5_000))
    }

    fn passes(&self) -> Option<u32> {
        Some(0)
    }

    async fn run(&self, context: &Context, input: &Input, options: &Options) -> Result<Outcome, OperationError> {
        let settings = Settings::read(options).map_err(|why| OperationError::bug("bad_options", why))?;
        let source = inspect::source(context, input).await?;
        let Some(picture) = &source.picture else {
            return Ok(Outcome::NotApplicable("the file has sound but no moving picture".to_owned()));
        };
        let size = size(picture.display, settings.width);
        let run = Run {
            args: arguments(&source, picture, size, settings.seconds, &input.source),
            readable: input.source.readable(),
            connect: input.source.port(),
            limits: ffmpeg::limits(Duration::from_secs(240), picture.coded, 64 << 20),
            whose: Whose::Source,
            duration_ms: None,
        };
        let finished = ffmpeg::ffmpeg(context, run, &mut |_| context.progress(0.5, "choosing a picture")).await?;
        let path = context.scratch.join(FILE);
        let bytes = tokio::fs::metadata(&path).await.map_or(0, |m| m.len());
        if bytes == 0 {
            return Err(OperationError::input("video_damaged", "Not a single picture of the file's beginning could be decoded."));
        }
        let report = json!({
            "measured": picture,
            "decided": { "looked_at_seconds": settings.seconds },
            "produced": { "width": size.0, "height": size.1, "bytes": bytes },
            "warnings": diagnosis::warnings(&finished.stderr),
        });
        let draft = Draft { name: FILE.to_owned(), media_type: "image/jpeg".to_owned(), path };
        Ok(Outcome::Done(Produced { report, artifacts: vec![draft], ..Produced::default() }))
    }
}

/// The poster's size: the film's shape, at most `most` wide, never larger than the film.
fn size((width, height): (u32, u32), most: u32) -> (u32, u32) {
    if width <= most {
        return (width, height);
    }
    let scaled = (f64::from(height) * f64::from(most) / f64::from(width)).round() as u32;
    (most, scaled.max(1))
}

fn arguments(source: &Source, picture: &Picture, (width, height): (u32, u32), seconds: u32, bytes: &Bytes) -> Vec<OsString> {
    let colour = if picture.hdr.is_some() { Colour::Tonemap } else { Colour::Sdr };
    let graph = format!(
        "[0:{}]select='isnan(prev_selected_t)+gte(t-prev_selected_t,0.2)',{},thumbnail={},scale=out_range=pc,format=yuvj420p,setsar=1[p]",
        picture.stream,
        graph::fit(width, height, colour, false),
        // Fewer pictures than this are fine: the filter answers at the end with the best it saw.
        seconds * 5
    );
    let mut args = args::start();
    args.add(["-t".to_owned(), seconds.to_string()]);
    args::hostile_input(&mut args, &source.demuxer, bytes);
    args.add([
        "-map_metadata",
        "-1",
        "-filter_complex",
        graph.as_str(),
        "-map",
        "[p]",
        "-frames:v",
        "1",
        "-c:v",
        "mjpeg",
        "-q:v",
        "3",
        "-f",
        "mjpeg",
        FILE,
    ]);
    args.done()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_poster_keeps_the_films_shape_and_never_grows() {
        assert_eq!(size((1920, 1080), 1280), (1280, 720));
        assert_eq!(size((720, 1280), 1280), (720, 1280));
        assert_eq!(size((161, 121), 1280), (161, 121));
        assert_eq!(size((4096, 2), 1280), (1280, 1));
    }

    #[test]
    fn options_are_refused_by_name() {
        let options = json!({ "width": 5 }).as_object().cloned().unwrap_or_default();
        assert!(Settings::read(&options).unwrap_err().contains("`width`"));
    }
}
