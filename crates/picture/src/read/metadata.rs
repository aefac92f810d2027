//! `metadata.json`: what a picture tells of itself, in the words of a person.

use std::collections::BTreeMap;

use exif::Tag;
use serde_json::{Value, json};

use super::inspect::Headers;
use super::xmp;

/// The document. Coordinates are in it only when asked for; that there are some is always told.
pub fn metadata(headers: &Headers, coordinates: bool) -> Value {
    let tags = &headers.tags;
    let upright = headers.orientation.upright_size(headers.size);
    let all: BTreeMap<String, String> = tags.all().collect();
    json!({
        "format": headers.inspected.format,
        "width": upright.width,
        "height": upright.height,
        "orientation": headers.inspected.orientation,
        "bits": headers.inspected.bits,
        "has_alpha": headers.inspected.has_alpha,
        "frames": headers.inspected.frames,
        "pages": headers.inspected.pages,
        "icc": headers.inspected.icc,
        "camera": { "make": tags.text(Tag::Make), "model": tags.text(Tag::Model), "lens": tags.text(Tag::LensModel), "software": tags.text(Tag::Software) },
        "captured_at": captured_at(headers),
        "exposure": {
            "time": tags.shown(Tag::ExposureTime),
            "aperture": tags.shown(Tag::FNumber),
            "iso": tags.shown(Tag::PhotographicSensitivity),
            "focal_length": tags.shown(Tag::FocalLength),
        },
        "gps": gps(headers, coordinates),
        "exif": all,
        "exif_damaged": tags.damaged,
        "xmp": headers.xmp.as_deref().map(|packet| json!({ "bytes": packet.len(), "properties": xmp::told(packet) })),
    })
}

/// Whether the file tells where it was taken.
pub fn gps_present(headers: &Headers) -> bool {
    headers.tags.place().next().is_some() || headers.xmp.as_deref().is_some_and(xmp::has_place)
}

fn gps(headers: &Headers, coordinates: bool) -> Value {
    let fields: Vec<String> = headers.tags.place().map(|f| f.tag.to_string()).collect();
    let mut told = json!({ "present": gps_present(headers), "fields": fields });
    if let Some((latitude, longitude)) = coordinates.then(|| headers.tags.coordinates()).flatten() {
        told["latitude"] = latitude.into();
        told["longitude"] = longitude.into();
    }
    told
}

/// RFC 3339 without a zone unless the camera told one.
fn captured_at(headers: &Headers) -> Option<String> {
    let text = headers.tags.text(Tag::DateTimeOriginal).or_else(|| headers.tags.text(Tag::DateTime))?;
    let date = exif::DateTime::from_ascii(text.as_bytes()).ok()?;
    let zone = headers.tags.text(Tag::OffsetTimeOriginal).unwrap_or_default();
    let zone = if zone.len() == 6 && zone.is_ascii() { zone } else { String::new() };
    let real = (1..=12).contains(&date.month) && (1..=31).contains(&date.day);
    real.then(|| format!("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}{zone}", date.year, date.month, date.day, date.hour, date.minute, date.second))
}
