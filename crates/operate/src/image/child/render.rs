//! Decodes once and makes every picture that was asked for.

use std::fs::File;
use std::time::Instant;

use gristmill_model::Problem;
use gristmill_picture::{
    Crop, Decoded, Encoding, Frames, Headers, Orientation, Placement, Resampler, Settings, Size, WebpAnimation, decode, decode_eighths,
    encode, place,
};
use serde_json::{Value, json};

use crate::child::{Answer, write_all};
use crate::image::wire::{Animation, Keep, Output, Render, Request};

/// Which way a picture is still to be turned.
pub(super) fn turn(headers: &Headers, upright: bool) -> Orientation {
    if upright { Orientation::UPRIGHT } else { headers.orientation }
}

/// Makes the results and answers the report.
pub(super) fn render(
    bytes: &[u8],
    headers: &Headers,
    request: &Request,
    work: &Render,
    outputs: &[File],
    resampler: &mut Resampler,
) -> Answer {
    let turn = turn(headers, request.upright);
    let full = turn.upright_size(headers.size);
    let moves = |o: &Output| headers.animated.frames > 1 && work.animation == Animation::Keep && o.encoding == Encoding::Webp;
    let all: Vec<Job<'_>> = work
        .outputs
        .iter()
        .zip(outputs)
        .map(|(output, file)| Job { output, file, placement: place(full, output.wanted), moves: moves(output) })
        .collect();
    let exif = carried(headers, work.keep);
    let mut session = Session {
        bytes,
        headers,
        turn,
        full,
        work,
        exif,
        resampler,
        warnings: warnings(headers, work),
        results: vec![Value::Null; all.len()],
        decode_ms: 0.0,
        decoded: Value::Null,
    };
    if all.iter().any(|j| !j.moves) {
        session.stills(&all)?;
    }
    if all.iter().any(|j| j.moves) {
        request.limits.check_frames(headers.size, headers.animated.frames)?;
        session.animations(&all)?;
    }
    Ok(
        json!({ "source": headers.inspected, "decoded": session.decoded, "decode_ms": rounded(session.decode_ms), "outputs": session.results, "warnings": session.warnings }),
    )
}

fn carried(headers: &Headers, keep: Keep) -> Option<Vec<u8>> {
    match keep {
        Keep::Nothing => None,
        Keep::WithoutPlace => headers.exif(false),
        Keep::Everything => headers.exif(true),
    }
}

fn warnings(headers: &Headers, work: &Render) -> Vec<String> {
    let mut warnings = Vec::new();
    let still = work.outputs.iter().any(|o| o.encoding != Encoding::Webp) || work.animation == Animation::First;
    if headers.animated.frames > 1 && still {
        warnings.push(format!(
            "The image is an animation of {} frames; results that cannot move show its first frame.",
            headers.animated.frames
        ));
    }
    if headers.inspected.pages > 1 {
        warnings.push(format!("The image has {} pages; the first was used.", headers.inspected.pages));
    }
    warnings
}

struct Job<'a> {
    output: &'a Output,
    file: &'a File,
    placement: Placement,
    moves: bool,
}

struct Session<'a> {
    bytes: &'a [u8],
    headers: &'a Headers,
    turn: Orientation,
    full: Size,
    work: &'a Render,
    exif: Option<Vec<u8>>,
    resampler: &'a mut Resampler,
    warnings: Vec<String>,
    results: Vec<Value>,
    decode_ms: f64,
    decoded: Value,
}

impl Session<'_> {
    fn settings(&self, quality: u8) -> Settings<'_> {
        Settings { quality, background: self.work.background, exif: self.exif.as_deref() }
    }

    /// Decodes once, at the scale the largest result needs, and makes every picture that does not move.
    fn stills(&mut self, jobs: &[Job<'_>]) -> Result<(), Problem> {
        let started = Instant::now();
        let placements: Vec<Placement> = jobs.iter().filter(|j| !j.moves).map(|j| j.placement).collect();
        let Decoded { raster, colours, eighths, warnings } =
            decode(self.bytes, self.headers.format, &|_| decode_eighths(self.full, &placements))?;
        let picture = self.turn.apply(raster);
        self.decode_ms += milliseconds(started);
        self.warnings.extend(warnings);
        self.decoded = json!({ "width": picture.width, "height": picture.height, "scale": format!("{eighths}/8"), "colours": colours });
        for (index, job) in jobs.iter().enumerate().filter(|(_, j)| !j.moves) {
            let started = Instant::now();
            let result = self.resampler.render(&picture, self.full, &job.placement, job.output.crop, self.work.background)?;
            let resized = milliseconds(started);
            let bytes = encode(&result, job.output.encoding, self.settings(job.output.quality))?;
            write_all(job.file, &bytes)?;
            self.results[index] = told(result.size(), 1, bytes.len(), resized, milliseconds(started) - resized);
        }
        Ok(())
    }

    /// Goes through the frames once and appends each to every picture that moves.
    fn animations(&mut self, jobs: &[Job<'_>]) -> Result<(), Problem> {
        let moving: Vec<(usize, &Job<'_>)> = jobs.iter().enumerate().filter(|(_, j)| j.moves).collect();
        let mut made: Vec<WebpAnimation> =
            moving.iter().map(|(_, j)| WebpAnimation::new(j.output.quality, self.headers.animated.loops)).collect();
        let (mut resize_ms, mut encode_ms, mut count) = (vec![0.0; made.len()], vec![0.0; made.len()], 0);
        let mut started = Instant::now();
        for frame in Frames::open(self.bytes, self.headers.format)?.take(self.headers.animated.frames as usize) {
            let frame = match frame {
                Ok(frame) => frame,
                Err(problem) if count == 0 => return Err(problem),
                Err(_) => break,
            };
            let picture = self.turn.apply(frame.raster);
            self.decode_ms += milliseconds(started);
            count += 1;
            for (index, (_, job)) in moving.iter().enumerate() {
                let start = Instant::now();
                let small = self.resampler.render(&picture, self.full, &job.placement, Crop::Centre, self.work.background)?;
                resize_ms[index] += milliseconds(start);
                let start = Instant::now();
                made[index].push(small, frame.milliseconds)?;
                encode_ms[index] += milliseconds(start);
            }
            started = Instant::now();
        }
        if count < self.headers.animated.frames {
            self.warnings.push(format!("The animation announces {} frames and {count} could be read.", self.headers.animated.frames));
        }
        for (index, ((place, job), animation)) in moving.iter().zip(made).enumerate() {
            let bytes = animation.finish();
            write_all(job.file, &bytes)?;
            self.results[*place] = told(job.placement.canvas, count, bytes.len(), resize_ms[index], encode_ms[index]);
        }
        Ok(())
    }
}

fn told(size: Size, frames: u32, bytes: usize, resize_ms: f64, encode_ms: f64) -> Value {
    json!({ "width": size.width, "height": size.height, "frames": frames, "bytes": bytes, "resize_ms": rounded(resize_ms), "encode_ms": rounded(encode_ms) })
}

fn milliseconds(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1000.0
}

/// To a hundredth.
fn rounded(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}
