//! Reads what ffprobe prints. Pure, and ready for anything: a hostile file chooses many of these values, so each field is optional,
//! taken as text or number, and dropped when it makes no sense.

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::Value;

use super::probe::{Probe, Stream, StreamKind};

/// More streams than this are not looked at; every limit on streams is far below.
const MOST_STREAMS: usize = 1024;

#[derive(Debug, Deserialize, Default)]
#[serde(default)]
struct Shown {
    format: Format,
    streams: Vec<Value>,
}

#[derive(Debug, Deserialize, Default)]
#[serde(default)]
struct Format {
    duration: Option<Value>,
}

#[derive(Debug, Deserialize, Default)]
#[serde(default)]
struct Shape {
    index: u32,
    codec_type: Option<String>,
    codec_name: Option<String>,
    duration: Option<Value>,
    width: Option<Value>,
    height: Option<Value>,
    sample_aspect_ratio: Option<String>,
    r_frame_rate: Option<String>,
    avg_frame_rate: Option<String>,
    pix_fmt: Option<String>,
    bits_per_raw_sample: Option<Value>,
    color_transfer: Option<String>,
    color_primaries: Option<String>,
    color_space: Option<String>,
    color_range: Option<String>,
    channels: Option<Value>,
    sample_rate: Option<Value>,
    nb_frames: Option<Value>,
    disposition: HashMap<String, Value>,
    tags: HashMap<String, Value>,
    side_data_list: Vec<HashMap<String, Value>>,
}

/// The probe in ffprobe's JSON; `None` when it is no JSON of ffprobe's.
pub(super) fn read(json: &str, format: &str) -> Option<Probe> {
    let shown: Shown = serde_json::from_str(json).ok()?;
    let shapes = shown.streams.into_iter().take(MOST_STREAMS).filter_map(|s| serde_json::from_value(s).ok());
    let streams: Vec<Stream> = shapes.filter_map(stream).collect();
    let longest = || streams.iter().filter_map(|s| s.duration_ms).max();
    let duration_ms = milliseconds(shown.format.duration.as_ref()).or_else(longest);
    Some(Probe { format: format.to_owned(), duration_ms, duration_measured: false, streams })
}

fn stream(shape: Shape) -> Option<Stream> {
    let kind = match shape.codec_type.as_deref()? {
        "video" => StreamKind::Video,
        "audio" => StreamKind::Audio,
        "subtitle" => StreamKind::Subtitle,
        "attachment" => StreamKind::Attachment,
        _ => StreamKind::Data,
    };
    let (r_frame_rate, avg_frame_rate) = (ratio(shape.r_frame_rate.as_deref()), ratio(shape.avg_frame_rate.as_deref()));
    let (rotation, mirrored) = shape.side_data_list.iter().find_map(turn).unwrap_or_default();
    let flagged = |name: &str| shape.disposition.get(name).and_then(Value::as_u64) == Some(1);
    let bits = positive(shape.bits_per_raw_sample.as_ref()).or_else(|| shape.pix_fmt.as_deref().map(bits_of));
    Some(Stream {
        index: shape.index,
        kind,
        duration_ms: milliseconds(shape.duration.as_ref()),
        width: positive(shape.width.as_ref()),
        height: positive(shape.height.as_ref()),
        sar: ratio(shape.sample_aspect_ratio.as_deref()),
        rotation,
        mirrored,
        variable_rate: differ(r_frame_rate, avg_frame_rate),
        r_frame_rate,
        avg_frame_rate,
        bits,
        color_transfer: known(shape.color_transfer),
        color_primaries: known(shape.color_primaries),
        color_space: known(shape.color_space),
        color_range: known(shape.color_range),
        channels: positive(shape.channels.as_ref()),
        sample_rate: positive(shape.sample_rate.as_ref()),
        language: language(&shape.tags),
        default: flagged("default"),
        attached_pic: flagged("attached_pic"),
        nb_frames: number(shape.nb_frames.as_ref()).filter(|n| *n > 0.0).map(|n| n as u64),
        codec: known(shape.codec_name).filter(|name| name != "none"),
        pix_fmt: known(shape.pix_fmt),
    })
}

/// A number that may be written as text.
fn number(value: Option<&Value>) -> Option<f64> {
    let number = match value? {
        Value::String(text) => text.parse().ok()?,
        other => other.as_f64()?,
    };
    number.is_finite().then_some(number)
}

fn positive(value: Option<&Value>) -> Option<u32> {
    number(value).filter(|n| (1.0..=f64::from(u32::MAX)).contains(n)).map(|n| n as u32)
}

/// Seconds as milliseconds; at most a thousand years, which no limit allows but every sum survives.
fn milliseconds(value: Option<&Value>) -> Option<u64> {
    number(value).filter(|seconds| (0.0..=3.2e10).contains(seconds)).map(|seconds| (seconds * 1000.0).round() as u64)
}

/// `30000/1001` or `16:9`; `None` for zeros, which ffprobe prints for "unknown".
fn ratio(text: Option<&str>) -> Option<(u32, u32)> {
    let (above, below) = text?.split_once(['/', ':'])?;
    let ratio = (above.parse().ok()?, below.parse().ok()?);
    (ratio.0 > 0 && ratio.1 > 0).then_some(ratio)
}

fn differ(a: Option<(u32, u32)>, b: Option<(u32, u32)>) -> bool {
    let rate = |(above, below): (u32, u32)| f64::from(above) / f64::from(below);
    matches!((a.map(rate), b.map(rate)), (Some(a), Some(b)) if (a - b).abs() > 0.01 * a.max(b))
}

fn known(text: Option<String>) -> Option<String> {
    text.filter(|t| !t.is_empty() && t != "unknown" && t != "reserved" && t != "unspecified")
}

fn language(tags: &HashMap<String, Value>) -> Option<String> {
    let tag = tags.iter().find(|(name, _)| name.eq_ignore_ascii_case("language"))?.1.as_str()?;
    let plain = (2..=16).contains(&tag.len()) && tag.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    (plain && tag != "und").then(|| tag.to_owned())
}

/// The depth that a pixel format's name ends in: `yuv420p10le` is 10, `yuv420p` is 8.
fn bits_of(pix_fmt: &str) -> u32 {
    let name = pix_fmt.trim_end_matches("le").trim_end_matches("be");
    [(16, "16"), (14, "14"), (12, "12"), (10, "10"), (9, "9")].iter().find(|(_, end)| name.ends_with(end)).map_or(8, |(bits, _)| *bits)
}

/// Degrees clockwise, and whether mirrored, of a display matrix. ffprobe counts degrees the other way round; a matrix
/// mirrors when its upper left two by two cells have a negative determinant.
fn turn(side_data: &HashMap<String, Value>) -> Option<(u32, bool)> {
    let counter_clockwise = number(side_data.get("rotation"))?;
    let clockwise = (-counter_clockwise / 90.0).round() as i64 * 90;
    let cells: Vec<f64> = side_data.get("displaymatrix").and_then(Value::as_str).unwrap_or("").lines().flat_map(cells).collect();
    let mirrored = matches!(cells[..], [a, b, _, c, d, ..] if a * d - b * c < 0.0);
    Some((u32::try_from(clockwise.rem_euclid(360)).unwrap_or(0), mirrored))
}

fn cells(line: &str) -> impl Iterator<Item = f64> {
    line.split_once(':').map_or("", |(_, cells)| cells).split_whitespace().filter_map(|cell| cell.parse().ok())
}

/// The first and last moment of packets seen.
#[derive(Debug, Default)]
pub(super) struct Span(Option<(f64, f64)>);

impl Span {
    /// Takes a line `pts,duration`; either may be `N/A`.
    pub(super) fn add(&mut self, line: &str) {
        let mut fields = line.split(',').map(|field| field.trim().parse::<f64>().ok().filter(|n| n.is_finite()));
        let Some(start) = fields.next().flatten() else { return };
        let end = start + fields.next().flatten().unwrap_or(0.0).max(0.0);
        let (first, last) = self.0.unwrap_or((start, end));
        self.0 = Some((first.min(start), last.max(end)));
    }

    /// How long that is.
    pub(super) fn milliseconds(&self) -> Option<u64> {
        self.0.and_then(|(first, last)| milliseconds(serde_json::Number::from_f64(last - first).map(Value::Number).as_ref()))
    }
}

#[cfg(test)]
mod tests {
    use super::{Span, bits_of, read};

    #[test]
    fn hostile_values_are_dropped_one_by_one() {
        let json = r#"{"streams":[
            {"index":0,"codec_type":"video","codec_name":"h264","width":-5,"height":"1e99","r_frame_rate":"0/0","tags":{"language":"../../etc"}},
            {"index":-1,"codec_type":"audio"}, {"index":1}, 7,
            {"index":2,"codec_type":"audio","codec_name":"aac","channels":2,"sample_rate":"44100","tags":{"LANGUAGE":"deu"},"disposition":{"default":1}}
        ],"format":{"duration":"-nan"}}"#;
        let probe = read(json, "mp4").unwrap();
        assert_eq!(probe.streams.iter().map(|s| s.index).collect::<Vec<_>>(), [0, 2]);
        assert!(!probe.streams[0].usable() && probe.streams[0].language.is_none());
        assert!(probe.streams[1].usable() && probe.streams[1].default);
        assert_eq!((probe.streams[1].language.as_deref(), probe.duration_ms), (Some("deu"), None));
        assert!(read("", "mp4").is_none());
    }

    #[test]
    fn a_display_matrix_is_told_clockwise_and_with_its_mirror() {
        let turned = |matrix: &str, rotation: i32| {
            let json = serde_json::json!({"streams": [{"codec_type": "video", "side_data_list": [{"displaymatrix": matrix, "rotation": rotation}]}]});
            let stream = read(&json.to_string(), "mp4").unwrap().streams.remove(0);
            (stream.rotation, stream.mirrored)
        };
        assert_eq!(turned("\n00000000: 0 65536 0\n00000001: -65536 0 0\n00000002: 0 0 1073741824\n", -90), (90, false));
        assert_eq!(turned("\n00000000: 0 65536 0\n00000001: 65536 0 0\n00000002: 0 0 1073741824\n", -90), (90, true));
        assert_eq!(turned("", 90), (270, false));
    }

    #[test]
    fn a_span_is_from_the_first_to_the_end_of_the_last_packet() {
        let mut span = Span::default();
        ["0.5,0.1", "N/A,N/A", "1.0,0.25", "0.75,0.1", "nonsense"].iter().for_each(|line| span.add(line));
        assert_eq!(span.milliseconds(), Some(750));
        assert_eq!(Span::default().milliseconds(), None);
    }

    #[test]
    fn depth_is_read_from_the_pixel_format() {
        assert_eq!([bits_of("yuv420p10le"), bits_of("yuv420p"), bits_of("gray12be"), bits_of("p010le")], [10, 8, 12, 10]);
    }
}
