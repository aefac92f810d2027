//! The gate after encoding: what was made is what was planned, frame for frame. Pure.

use super::plan::{Frames, PicturePlan, Plan};
use super::rendition::Renditions;
use crate::operation::OperationError;

/// One AAC frame at 48 kHz, rounded up: sound can only end on such a step.
const SOUND_STEP_MS: u64 = 22;

/// Tracks rarely begin and end together, subtitles least of all; only a larger difference is worth a word.
const UNEVEN_MS: u64 = 500;

/// Compares what was made with the plan and the source. Answers warnings; an error means the results must not be published.
pub(crate) fn verify(plan: &Plan, made: &Renditions, source_ms: Option<u64>) -> Result<Vec<String>, OperationError> {
    if let Some(picture) = &plan.picture {
        rungs(picture, made)?;
        lengths(made)?;
    }
    if made.sounds.len() != plan.sounds.len() {
        return Err(wrong(format!("{} of {} sound tracks were made", made.sounds.len(), plan.sounds.len())));
    }
    Ok(told(made, source_ms).into_iter().collect())
}

fn rungs(picture: &PicturePlan, made: &Renditions) -> Result<(), OperationError> {
    if made.frames_decoded == Some(0) || made.rungs.iter().any(|r| r.frames == 0) {
        return Err(OperationError::input("video_damaged", "Not a single picture of the file could be decoded."));
    }
    if made.rungs.len() != picture.rungs.len() {
        return Err(wrong(format!("{} of {} sizes were made", made.rungs.len(), picture.rungs.len())));
    }
    for (rung, planned) in made.rungs.iter().zip(&picture.rungs) {
        if (rung.width, rung.height) != (planned.width, planned.height) {
            return Err(wrong(format!("{} is {}x{} instead of {}x{}", rung.name, rung.width, rung.height, planned.width, planned.height)));
        }
        let expected = match picture.frames {
            Frames::Keep => made.frames_decoded,
            Frames::Constant => made.rungs.first().map(|r| r.frames),
        };
        if let Some(expected) = expected.filter(|e| *e != rung.frames) {
            return Err(OperationError::bug(
                "frames_lost",
                format!("{} has {} frames, but {expected} were expected; the result is withheld and made again.", rung.name, rung.frames),
            ));
        }
    }
    Ok(())
}

/// All rungs last equally long, to within a frame.
fn lengths(made: &Renditions) -> Result<(), OperationError> {
    let (Some(least), Some(most)) = (made.rungs.iter().min_by_key(|r| r.duration_ms), made.rungs.iter().max_by_key(|r| r.duration_ms))
    else {
        return Ok(());
    };
    if most.duration_ms - least.duration_ms > frame_ms(least.duration_ms, least.frames) {
        return Err(wrong(format!("{} lasts {} ms, but {} lasts {} ms", least.name, least.duration_ms, most.name, most.duration_ms)));
    }
    Ok(())
}

fn frame_ms(duration_ms: u64, frames: u64) -> u64 {
    duration_ms.div_ceil(frames.max(1))
}

/// A container that tells another length than was found is worth a word; it is often cut off, and sometimes it lies.
fn told(made: &Renditions, source_ms: Option<u64>) -> Option<String> {
    let found = made.rungs.iter().map(|r| r.duration_ms).chain(made.sounds.iter().map(|s| s.duration_ms)).max()?;
    let frame = made.rungs.first().map_or(0, |r| frame_ms(r.duration_ms, r.frames));
    let (source, slack) = (source_ms?, frame.max(SOUND_STEP_MS) + UNEVEN_MS);
    let seconds = |ms: u64| ms as f64 / 1000.0;
    (source.abs_diff(found) > slack)
        .then(|| format!("the file says it lasts {:.2} s, but {:.2} s were found in it", seconds(source), seconds(found)))
}

fn wrong(what: String) -> OperationError {
    OperationError::bug("result_wrong", format!("Encoding went wrong: {what}. The result is withheld and made again."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::video::ladder::Rung;
    use crate::video::plan::{Colour, Preset};
    use crate::video::rendition::Rendition;

    fn plan(frames: Frames) -> Plan {
        let rungs = [(720, 1280, 720), (360, 640, 360)].map(|(short, width, height)| Rung { short, width, height }).to_vec();
        let picture = PicturePlan {
            stream: 0,
            rungs,
            colour: Colour::Sdr,
            narrow_range: false,
            frames,
            constant_rate: None,
            level_rate: 30.0,
            preset: Preset::Veryfast,
            crf: 23,
            keyframe_seconds: 2.0,
        };
        Plan { picture: Some(picture), sounds: vec![], dropped: vec![] }
    }

    fn made(frames: [u64; 2], decoded: Option<u64>) -> Renditions {
        let rung = |name: &str, width, height, frames| Rendition {
            name: name.into(),
            width,
            height,
            frames,
            duration_ms: 2000,
            frame_rate: 30.0,
            bitrate: 1,
            bytes: 1,
        };
        Renditions {
            rungs: vec![rung("720p", 1280, 720, frames[0]), rung("360p", 640, 360, frames[1])],
            sounds: vec![],
            frames_decoded: decoded,
        }
    }

    fn code(frames: Frames, made: &Renditions) -> String {
        verify(&plan(frames), made, None).map_or_else(|e| e.problem.code, |_| "fine".into())
    }

    #[test]
    fn a_lost_frame_is_found_in_any_rung() {
        assert_eq!(code(Frames::Keep, &made([60, 60], Some(60))), "fine");
        assert_eq!(code(Frames::Keep, &made([60, 59], Some(60))), "frames_lost");
        assert_eq!(code(Frames::Keep, &made([59, 59], Some(60))), "frames_lost");
        assert_eq!(code(Frames::Constant, &made([59, 59], Some(60))), "fine");
        assert_eq!(code(Frames::Constant, &made([59, 58], Some(60))), "frames_lost");
    }

    #[test]
    fn no_picture_at_all_is_the_files_fault() {
        assert_eq!(code(Frames::Keep, &made([0, 0], Some(0))), "video_damaged");
    }

    #[test]
    fn a_rung_that_ends_early_or_has_another_size_is_withheld() {
        let mut short = made([60, 60], Some(60));
        short.rungs[1].duration_ms = 1900;
        assert_eq!(code(Frames::Keep, &short), "result_wrong");
        let mut small = made([60, 60], Some(60));
        small.rungs[1].width = 638;
        assert_eq!(code(Frames::Keep, &small), "result_wrong");
    }

    #[test]
    fn a_container_that_lies_about_its_length_is_told() {
        let warnings = verify(&plan(Frames::Keep), &made([60, 60], Some(60)), Some(143_165_640)).unwrap();
        assert_eq!(warnings, ["the file says it lasts 143165.64 s, but 2.00 s were found in it"]);
        assert!(verify(&plan(Frames::Keep), &made([60, 60], Some(60)), Some(2021)).unwrap().is_empty());
    }
}
