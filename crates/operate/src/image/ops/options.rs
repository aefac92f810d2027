//! The options of `image.resize`, `image.thumbnail` and `image.convert`, and the pictures they ask for.
//!
//! | option | default | |
//! |---|---|---|
//! | `sizes` | resize: `large` 1600, `medium` 800, `small` 400 wide; thumbnail: `thumb` 256x256 | list of `{name, width?, height?, fit, crop}`; not for convert |
//! | `name` | `full` | convert only: the preset in the result's name |
//! | `formats` | `["jpeg"]` | any of `jpeg`, `png`, `webp`, `avif` |
//! | `quality` | 80, AVIF 60 | 1..=100, or a table by format: `{jpeg = 85, avif = 50}`; PNG has none |
//! | `enlarge` | `false` | whether a picture smaller than a size grows |
//! | `background` | `"#ffffff"` | under alpha in JPEG, around `contain` |
//! | `strip` | `true` | `false` carries EXIF on, without orientation, thumbnail, makers' notes and place |
//! | `keep_gps` | `false` | with `strip = false`: the place too |
//! | `animation` | `"keep"` | `keep`: WebP results move; `first`: all show the first frame |
//!
//! `fit` is `inside`, `cover` or `contain`; `crop` is `centre` or `smart` and matters for `cover`. A thumbnail size is by default
//! square, `cover`, `smart`.

use std::collections::{BTreeMap, BTreeSet};

use gristmill_picture::{Crop, Encoding, Fit, Wanted};
use serde::Deserialize;
use serde_json::Value;

use super::colour_text;
use crate::image::wire::{Animation, Keep, MOST_OUTPUTS, Output, Render};
use crate::operation::{Options, read_options};

/// Which of the three operations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Variant {
    Resize,
    Thumbnail,
    Convert,
}

#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Declared {
    sizes: Option<Vec<DeclaredSize>>,
    name: Option<String>,
    formats: Vec<Encoding>,
    quality: Value,
    enlarge: bool,
    background: String,
    strip: bool,
    keep_gps: bool,
    animation: Animation,
}

impl Default for Declared {
    fn default() -> Self {
        Self {
            sizes: None,
            name: None,
            formats: vec![Encoding::Jpeg],
            quality: Value::Null,
            enlarge: false,
            background: "#ffffff".to_owned(),
            strip: true,
            keep_gps: false,
            animation: Animation::Keep,
        }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct DeclaredSize {
    name: String,
    width: Option<u32>,
    height: Option<u32>,
    fit: Option<Fit>,
    crop: Option<Crop>,
}

/// What is asked for: the pictures, and the preset each belongs to.
#[derive(Debug, PartialEq)]
pub(super) struct Plan {
    pub render: Render,
    pub presets: Vec<String>,
}

/// Reads the options of `variant`.
///
/// # Errors
/// A sentence that back-quotes the option at fault.
pub(super) fn plan(variant: Variant, options: &Options) -> Result<Plan, String> {
    let declared: Declared = read_options(options)?;
    let quality = qualities(&declared.quality)?;
    let background = colour_text::parse(&declared.background)
        .ok_or_else(|| format!("`background` is {:?}; write a colour such as \"#ffffff\" or \"white\"", declared.background))?;
    let keep = keep(declared.strip, declared.keep_gps)?;
    let formats = formats(&declared.formats)?;
    let sizes = sizes(variant, declared.sizes, declared.name)?;
    let (mut outputs, mut presets) = (Vec::new(), Vec::new());
    for size in &sizes {
        for &encoding in &formats {
            let wanted = Wanted { width: size.width, height: size.height, fit: size.fit.unwrap_or_default(), enlarge: declared.enlarge };
            outputs.push(Output { wanted, crop: size.crop.unwrap_or_default(), encoding, quality: quality_of(&quality, encoding) });
            presets.push(size.name.clone());
        }
    }
    if outputs.len() > MOST_OUTPUTS {
        return Err(format!("`sizes` times `formats` make {} pictures; at most {MOST_OUTPUTS} are made in one step", outputs.len()));
    }
    Ok(Plan { render: Render { outputs, animation: declared.animation, background, keep }, presets })
}

fn keep(strip: bool, keep_gps: bool) -> Result<Keep, String> {
    match (strip, keep_gps) {
        (true, false) => Ok(Keep::Nothing),
        (false, false) => Ok(Keep::WithoutPlace),
        (false, true) => Ok(Keep::Everything),
        (true, true) => Err("`keep_gps` needs `strip = false`; nothing is kept otherwise".to_owned()),
    }
}

fn formats(declared: &[Encoding]) -> Result<Vec<Encoding>, String> {
    let mut seen = BTreeSet::new();
    if declared.is_empty() {
        return Err("`formats` is empty; name at least one of jpeg, png, webp, avif".to_owned());
    }
    match declared.iter().find(|f| !seen.insert(f.extension())) {
        Some(twice) => Err(format!("`formats` names {} twice", twice.extension())),
        None => Ok(declared.to_vec()),
    }
}

fn sizes(variant: Variant, declared: Option<Vec<DeclaredSize>>, name: Option<String>) -> Result<Vec<DeclaredSize>, String> {
    if variant == Variant::Convert {
        if declared.is_some() {
            return Err("`sizes` is not an option of image.convert, which keeps the size; use image.resize".to_owned());
        }
        let only = DeclaredSize { name: name.unwrap_or_else(|| "full".to_owned()), ..DeclaredSize::default() };
        check_name(&only.name, "name")?;
        return Ok(vec![only]);
    }
    if name.is_some() {
        return Err("`name` is an option of image.convert alone; name each of the `sizes` instead".to_owned());
    }
    let mut sizes = declared.unwrap_or_else(|| usual(variant));
    if variant == Variant::Thumbnail {
        sizes.iter_mut().for_each(DeclaredSize::square);
    }
    check_sizes(&sizes)?;
    Ok(sizes)
}

impl DeclaredSize {
    /// What a thumbnail size leaves open.
    fn square(&mut self) {
        (self.width, self.height) = (self.width.or(self.height), self.height.or(self.width));
        self.fit = self.fit.or(Some(Fit::Cover));
        self.crop = self.crop.or(Some(Crop::Smart));
    }
}

fn usual(variant: Variant) -> Vec<DeclaredSize> {
    let named: &[(&str, u32)] =
        if variant == Variant::Thumbnail { &[("thumb", 256)] } else { &[("large", 1600), ("medium", 800), ("small", 400)] };
    named.iter().map(|(name, width)| DeclaredSize { name: (*name).to_owned(), width: Some(*width), ..DeclaredSize::default() }).collect()
}

/// The longest side a size may ask for; no browser or format needs more.
const MOST_SIDE: u32 = 16_383;

fn check_sizes(sizes: &[DeclaredSize]) -> Result<(), String> {
    let mut seen = BTreeSet::new();
    if sizes.is_empty() {
        return Err("`sizes` is empty; give at least one, such as {name = \"large\", width = 1600}".to_owned());
    }
    for size in sizes {
        check_name(&size.name, "sizes")?;
        let (name, sides) = (&size.name, [size.width, size.height]);
        if !seen.insert(name) {
            return Err(format!("`sizes` has two of the name {name:?}; their results would overwrite each other"));
        }
        if sides == [None, None] {
            return Err(format!("`sizes`: {name:?} has neither `width` nor `height`"));
        }
        if sides.into_iter().flatten().any(|s| s == 0 || s > MOST_SIDE) {
            return Err(format!("`sizes`: {name:?} needs sides of 1 to {MOST_SIDE} pixels"));
        }
        if matches!(size.fit, Some(Fit::Cover | Fit::Contain)) && sides.contains(&None) {
            return Err(format!("`sizes`: {name:?} has a `fit` that needs both `width` and `height`"));
        }
    }
    Ok(())
}

fn check_name(name: &str, option: &str) -> Result<(), String> {
    let fine = !name.is_empty() && name.len() <= 40 && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
    if fine { Ok(()) } else { Err(format!("`{option}` has the name {name:?}; use 1 to 40 letters, digits, - and _")) }
}

fn quality_of(table: &BTreeMap<&'static str, u8>, encoding: Encoding) -> u8 {
    table.get(encoding.extension()).copied().unwrap_or(if encoding == Encoding::Avif { 60 } else { 80 })
}

fn qualities(declared: &Value) -> Result<BTreeMap<&'static str, u8>, String> {
    let all = [Encoding::Jpeg, Encoding::Webp, Encoding::Avif];
    match declared {
        Value::Null => Ok(BTreeMap::new()),
        Value::Object(table) => table.iter().map(|(name, value)| Ok((format_with_quality(name)?, one_quality(value)?))).collect(),
        one => {
            let quality = one_quality(one)?;
            Ok(all.into_iter().map(|e| (e.extension(), quality)).collect())
        }
    }
}

fn format_with_quality(name: &str) -> Result<&'static str, String> {
    match name {
        "jpeg" => Ok("jpg"),
        "webp" => Ok("webp"),
        "avif" => Ok("avif"),
        _ => Err(format!("`quality` has the unknown format {name:?}; give a number, or a table with jpeg, webp or avif")),
    }
}

fn one_quality(value: &Value) -> Result<u8, String> {
    let number = value.as_u64().filter(|q| (1..=100).contains(q)).and_then(|q| u8::try_from(q).ok());
    number.ok_or_else(|| format!("`quality` is {value}; it must be a whole number from 1 to 100"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn of(variant: Variant, options: Value) -> Result<Plan, String> {
        plan(variant, options.as_object().unwrap())
    }

    #[test]
    fn without_options_each_operation_does_the_usual() {
        assert_eq!(of(Variant::Resize, json!({})).unwrap().presets, ["large", "medium", "small"]);
        assert_eq!(of(Variant::Convert, json!({})).unwrap().presets, ["full"]);
        let thumb = of(Variant::Thumbnail, json!({})).unwrap().render.outputs[0];
        assert_eq!(
            (thumb.wanted.width, thumb.wanted.height, thumb.wanted.fit, thumb.crop),
            (Some(256), Some(256), Fit::Cover, Crop::Smart)
        );
    }

    #[test]
    fn sizes_times_formats_are_made_each_with_its_quality() {
        let plan = of(Variant::Resize, json!({"sizes": [{"name": "a", "width": 10}, {"name": "b", "height": 20}], "formats": ["jpeg", "avif"], "quality": {"jpeg": 90}})).unwrap();
        let told: Vec<(&str, u8)> = plan.presets.iter().map(String::as_str).zip(plan.render.outputs.iter().map(|o| o.quality)).collect();
        assert_eq!(told, [("a", 90), ("a", 60), ("b", 90), ("b", 60)]);
    }

    #[test]
    fn each_mistake_is_told_by_its_option() {
        let cases = [
            (json!({"widht": 3}), "`widht`"),
            (json!({"sizes": []}), "`sizes`"),
            (json!({"sizes": [{"name": "a"}]}), "`sizes`"),
            (json!({"sizes": [{"name": "a", "width": 0}]}), "`sizes`"),
            (json!({"sizes": [{"name": "../a", "width": 9}]}), "`sizes`"),
            (json!({"sizes": [{"name": "a", "width": 9}, {"name": "a", "width": 8}]}), "`sizes`"),
            (json!({"sizes": [{"name": "a", "width": 9, "fit": "cover"}]}), "`sizes`"),
            (json!({"sizes": [{"name": "a", "width": 9, "hieght": 9}]}), "`hieght`"),
            (json!({"formats": []}), "`formats`"),
            (json!({"formats": ["gif"]}), "`gif`"),
            (json!({"formats": ["png", "png"]}), "`formats`"),
            (json!({"quality": 0}), "`quality`"),
            (json!({"quality": {"png": 3}}), "`quality`"),
            (json!({"background": "red-ish"}), "`background`"),
            (json!({"keep_gps": true}), "`keep_gps`"),
            (json!({"animation": "some"}), "`some`"),
            (json!({"name": "x"}), "`name`"),
        ];
        for (options, named) in cases {
            let error = of(Variant::Resize, options.clone()).unwrap_err();
            assert!(error.contains(named), "{options}: {error}");
        }
        assert!(of(Variant::Convert, json!({"sizes": []})).unwrap_err().contains("`sizes`"));
    }
}
