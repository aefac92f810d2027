//! EXIF fields of any container, and the block that results may carry on.

use std::io::Cursor;

use exif::{Context, Exif, Field, In, Reader, Tag, Value};

use crate::orientation::Orientation;

/// The EXIF of a file; empty when there is none or it cannot be read.
#[derive(Default)]
pub(crate) struct Tags {
    exif: Option<Exif>,
    /// Whether some fields could not be read.
    pub damaged: bool,
}

impl Tags {
    /// Reads JPEG, TIFF, PNG, WebP and HEIF containers. Never fails: a picture with broken EXIF is still a picture.
    pub(crate) fn read(bytes: &[u8]) -> Self {
        let mut damaged = false;
        let read = Reader::new().continue_on_error(true).read_from_container(&mut Cursor::new(bytes));
        let exif = match read {
            Ok(exif) => Some(exif),
            Err(exif::Error::NotFound(_)) => None,
            Err(error) => {
                damaged = true;
                error.distill_partial_result(|_| ()).ok()
            }
        };
        Self { exif, damaged }
    }

    /// How the stored pixels are turned.
    pub(crate) fn orientation(&self) -> Orientation {
        let number = self.field(Tag::Orientation).and_then(|f| f.value.get_uint(0)).unwrap_or(1);
        Orientation::from_exif(number)
    }

    /// A field of the primary picture.
    pub(crate) fn field(&self, tag: Tag) -> Option<&Field> {
        self.exif.as_ref()?.get_field(tag, In::PRIMARY)
    }

    /// A text field without padding; none when empty.
    pub(crate) fn text(&self, tag: Tag) -> Option<String> {
        match &self.field(tag)?.value {
            Value::Ascii(parts) => tidy(&parts.iter().map(|p| String::from_utf8_lossy(p)).collect::<Vec<_>>().join(" ")),
            _ => None,
        }
    }

    /// Any field as a person reads it.
    pub(crate) fn shown(&self, tag: Tag) -> Option<String> {
        let field = self.field(tag)?;
        tidy(&field.display_value().with_unit(self.exif.as_ref()?).to_string())
    }

    /// Every field of the primary picture that is not about the place and not a block of bytes: name and value.
    pub(crate) fn all(&self) -> impl Iterator<Item = (String, String)> + '_ {
        let fields = self.exif.iter().flat_map(Exif::fields);
        let kept =
            fields.filter(|f| f.ifd_num == In::PRIMARY && f.tag.context() != Context::Gps && f.tag.description().is_some() && !is_block(f));
        kept.filter_map(|f| Some((f.tag.to_string(), tidy(&f.display_value().to_string())?)))
    }

    /// The fields about the place.
    pub(crate) fn place(&self) -> impl Iterator<Item = &Field> {
        self.exif.iter().flat_map(Exif::fields).filter(|f| f.tag.context() == Context::Gps)
    }

    /// Latitude and longitude in degrees, north and east positive.
    pub(crate) fn coordinates(&self) -> Option<(f64, f64)> {
        let degrees = |value: Tag, reference: Tag, negative: &str| {
            let Value::Rational(parts) = &self.field(value)?.value else { return None };
            let [d, m, s] = <&[exif::Rational; 3]>::try_from(parts.get(..3)?).ok()?;
            let size = d.to_f64() + m.to_f64() / 60.0 + s.to_f64() / 3600.0;
            let sign = if self.text(reference)?.starts_with(negative) { -1.0 } else { 1.0 };
            size.is_finite().then_some(sign * size)
        };
        Some((degrees(Tag::GPSLatitude, Tag::GPSLatitudeRef, "S")?, degrees(Tag::GPSLongitude, Tag::GPSLongitudeRef, "W")?))
    }

    /// The fields as a block for a result that is upright: without orientation, thumbnail and makers' secrets, which may hold a
    /// place too, and without the place unless wanted. None when nothing is left.
    pub(crate) fn carried(&self, with_place: bool) -> Option<Vec<u8>> {
        let exif = self.exif.as_ref()?;
        let dropped = [
            Tag::Orientation,
            Tag::MakerNote,
            Tag::UserComment,
            Tag::JPEGInterchangeFormat,
            Tag::JPEGInterchangeFormatLength,
            Tag::PixelXDimension,
            Tag::PixelYDimension,
        ];
        let described = |f: &&Field| f.tag.description().is_some() && f.ifd_num == In::PRIMARY && !is_layout(f.tag);
        let kept: Vec<&Field> = exif
            .fields()
            .filter(described)
            .filter(|f| !dropped.contains(&f.tag) && (with_place || f.tag.context() != Context::Gps))
            .collect();
        let mut writer = exif::experimental::Writer::new();
        kept.iter().for_each(|f| writer.push_field(f));
        let mut block = Cursor::new(Vec::new());
        writer.write(&mut block, false).ok()?;
        (!kept.is_empty()).then(|| block.into_inner())
    }
}

/// Tags 254 to 532 but the descriptive texts tell how a TIFF stores its pixels, which a result does otherwise.
fn is_layout(tag: Tag) -> bool {
    let texts = [Tag::ImageDescription, Tag::Make, Tag::Model, Tag::Software, Tag::DateTime, Tag::Artist];
    tag.context() == Context::Tiff && tag.number() < 0x0220 && !texts.contains(&tag)
}

fn is_block(field: &Field) -> bool {
    matches!(&field.value, Value::Undefined(bytes, _) if bytes.len() > 64)
        || matches!(&field.value, Value::Byte(bytes) if bytes.len() > 64)
        || field.value.display_as(field.tag).to_string().len() > 2000
}

/// One line, not endless, nothing invisible.
fn tidy(text: &str) -> Option<String> {
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(500).collect();
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}
