//! Image operations end to end, with real decoder processes, on files made here.

mod image_world;

use gristmill_model::Fault;
use gristmill_operate::ChildCommand;
use image::{DynamicImage, GenericImageView, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};
use image_world::{World, artifact, png};
use serde_json::json;

#[test]
fn serves_as_the_image_child() {
    image_world::serve_if_child();
}

/// Red above blue, with a green dot near the left top.
fn flag(width: u32, height: u32) -> DynamicImage {
    RgbImage::from_fn(width, height, |x, y| {
        if x < width / 4 && y < height / 4 {
            Rgb([0, 200, 0])
        } else if y < height / 2 {
            Rgb([200, 0, 0])
        } else {
            Rgb([0, 0, 200])
        }
    })
    .into()
}

fn near(found: &[u8], wanted: [u8; 3]) -> bool {
    found.iter().zip(wanted).all(|(a, b)| a.abs_diff(b) <= 12)
}

fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, b| (0..8).fold(crc ^ u32::from(*b), |c, _| if c & 1 == 1 { c >> 1 ^ 0xedb8_8320 } else { c >> 1 }))
}

fn png_chunk(kind: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let named = [&kind[..], body].concat();
    [&(body.len() as u32).to_be_bytes()[..], &named, &crc(&named).to_be_bytes()].concat()
}

/// 30000x30000 black pixels in about 100 KB: deflate can repeat one byte 258 times in two bits.
fn bomb() -> Vec<u8> {
    let header = [&30_000u32.to_be_bytes()[..], &30_000u32.to_be_bytes(), &[1, 0, 0, 0, 0]].concat();
    let block = [&[0x78, 0x9c, 0xed, 0xc1, 0x01, 0x01, 0, 0, 0, 0x80, 0x90, 0xfe, 0xaf, 0xee, 0x08, 0x0a][..], &vec![0; 100_000]].concat();
    [&b"\x89PNG\r\n\x1a\n"[..], &png_chunk(b"IHDR", &header), &png_chunk(b"IDAT", &block), &png_chunk(b"IEND", &[])].concat()
}

/// Its header and the first bytes of its pixels are enough for the refusal, so nothing of the rest can have been unpacked.
#[tokio::test]
async fn a_bomb_is_refused_by_its_header() {
    let world = World::new();
    let whole = bomb();
    let paths = [world.file("bomb.png", &whole), world.file("header.png", &whole[..64])];
    for op in ["image.resize", "image.thumbnail", "image.convert", "image.placeholder", "metadata.extract"] {
        for path in &paths {
            let error = world.run(op, path, json!({})).await.unwrap_err();
            assert_eq!((error.problem.code.as_str(), error.problem.fault), ("image_too_large", Fault::Limit), "{op} {path:?}");
        }
    }
}

#[tokio::test]
async fn nothing_and_nonsense_are_refused() {
    let world = World::new();
    assert_eq!(world.refusal("image.resize", &world.file("a.png", b"")).await, "file_empty");
    assert_eq!(world.refusal("image.resize", &world.file("b.png", b"#EXTM3U\nhttp://127.0.0.1/x")).await, "image_unrecognised");
}

#[tokio::test]
async fn a_picture_cut_anywhere_ends_in_a_refusal_or_a_result() {
    let world = World::new();
    for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::Gif, ImageFormat::Tiff, ImageFormat::Bmp, ImageFormat::WebP] {
        let mut whole = std::io::Cursor::new(Vec::new());
        flag(64, 48).write_to(&mut whole, format).unwrap();
        let whole = whole.into_inner();
        for part in 1..12 {
            let path = world.file("cut", &whole[..whole.len() * part / 12]);
            match world.run("image.thumbnail", &path, json!({})).await {
                Ok(produced) => assert!(image::load_from_memory(&artifact(&produced, ".jpg")).is_ok()),
                Err(error) => assert_eq!(error.problem.fault, Fault::Input, "{format:?} {part}/12: {:?}", error.problem),
            }
        }
    }
}

#[tokio::test]
async fn sizes_and_formats_are_made_and_named() {
    let world = World::new();
    let path = world.file("my photo.png", &png(&flag(400, 200)));
    let options = json!({"sizes": [{"name": "w", "width": 100}, {"name": "box", "width": 50, "height": 50, "fit": "contain"}], "formats": ["jpeg", "png", "webp", "avif"]});
    let produced = world.run("image.resize", &path, options).await.unwrap();
    let names: Vec<&str> = produced.artifacts.iter().map(|a| a.name.as_str()).collect();
    assert_eq!(names[..5], ["my photo-w.jpg", "my photo-w.png", "my photo-w.webp", "my photo-w.avif", "my photo-box.jpg"]);
    for ending in ["-w.jpg", "-w.png", "-w.webp"] {
        let result = image::load_from_memory(&artifact(&produced, ending)).unwrap();
        assert_eq!(result.dimensions(), (100, 50), "{ending}");
        assert!(
            near(&result.to_rgb8().get_pixel(80, 10).0, [200, 0, 0]) && near(&result.to_rgb8().get_pixel(80, 40).0, [0, 0, 200]),
            "{ending}"
        );
    }
    let padded = image::load_from_memory(&artifact(&produced, "-box.png")).unwrap().to_rgb8();
    assert_eq!((padded.dimensions(), padded.get_pixel(25, 2).0), ((50, 50), [255; 3]));
    assert_eq!(produced.report["outputs"][1]["preset"], "w");
    assert_eq!(produced.report["source"]["width"], 400);
}

#[tokio::test]
async fn an_avif_result_can_be_read_again() {
    let world = World::new();
    let path = world.file("a.png", &png(&flag(64, 48)));
    let made = world.run("image.convert", &path, json!({"formats": ["avif"]})).await.unwrap();
    let again = world.file("b.avif", &artifact(&made, ".avif"));
    let back = world.run("image.convert", &again, json!({"formats": ["png"]})).await.unwrap();
    let pixels = image::load_from_memory(&artifact(&back, ".png")).unwrap().to_rgb8();
    assert_eq!(pixels.dimensions(), (64, 48));
    assert!(near(&pixels.get_pixel(40, 8).0, [200, 0, 0]) && near(&pixels.get_pixel(40, 40).0, [0, 0, 200]));
    assert_eq!(back.report["source"]["format"], "avif");
}

#[tokio::test]
async fn nothing_is_enlarged_unless_asked() {
    let world = World::new();
    let path = world.file("a.png", &png(&flag(40, 20)));
    let size = |produced| image::load_from_memory(&artifact(&produced, ".png")).unwrap().dimensions();
    let sizes = json!([{"name": "w", "width": 80}]);
    let kept = world.run("image.resize", &path, json!({"sizes": sizes, "formats": ["png"]})).await.unwrap();
    let grown = world.run("image.resize", &path, json!({"sizes": sizes, "formats": ["png"], "enlarge": true})).await.unwrap();
    assert_eq!((size(kept), size(grown)), ((40, 20), (80, 40)));
}

#[tokio::test]
async fn alpha_is_kept_where_it_can_be_and_flattened_in_jpeg() {
    let world = World::new();
    let half = RgbaImage::from_fn(64, 64, |x, _| if x < 32 { Rgba([200, 0, 0, 255]) } else { Rgba([0, 0, 0, 0]) });
    let path = world.file("a.png", &png(&half.into()));
    let options = json!({"sizes": [{"name": "s", "width": 32}], "formats": ["jpeg", "png", "webp"], "background": "#00ff00"});
    let produced = world.run("image.resize", &path, options).await.unwrap();
    for ending in [".png", ".webp"] {
        let result = image::load_from_memory(&artifact(&produced, ending)).unwrap().to_rgba8();
        assert_eq!((result.get_pixel(28, 16).0[3], result.get_pixel(4, 16).0[3]), (0, 255), "{ending}");
    }
    let flat = image::load_from_memory(&artifact(&produced, ".jpg")).unwrap().to_rgb8();
    assert!(near(&flat.get_pixel(28, 16).0, [0, 255, 0]) && near(&flat.get_pixel(4, 16).0, [200, 0, 0]));
}

#[tokio::test]
async fn sixteen_bits_and_grey_are_read() {
    let world = World::new();
    let deep = image::ImageBuffer::from_pixel(20, 20, Rgb([65_535u16, 32_896, 0]));
    let grey = image::GrayImage::from_pixel(20, 20, image::Luma([77]));
    for (image, wanted) in [(DynamicImage::ImageRgb16(deep), [255, 128, 0]), (DynamicImage::ImageLuma8(grey), [77, 77, 77])] {
        let produced = world.run("image.convert", &world.file("a.png", &png(&image)), json!({"formats": ["png"]})).await.unwrap();
        assert_eq!(image::load_from_memory(&artifact(&produced, ".png")).unwrap().to_rgb8().get_pixel(9, 9).0, wanted);
    }
}

#[tokio::test]
async fn a_placeholder_has_both_hashes_and_the_colours() {
    let world = World::new();
    let produced = world.run("image.placeholder", &world.file("a.png", &png(&flag(100, 50))), json!({})).await.unwrap();
    let document: serde_json::Value = serde_json::from_slice(&artifact(&produced, "placeholder.json")).unwrap();
    assert!(blurhash::decode(document["blurhash"].as_str().unwrap(), 8, 8, 1.0).is_ok());
    assert!(document["thumbhash"].as_str().unwrap().len() > 16);
    assert_eq!(document["colours"][0]["hex"], "#0000c8");
}

#[tokio::test]
async fn one_decoder_serves_many_requests_and_is_replaced_in_time() {
    let world = World::new();
    let path = world.file("a.png", &png(&flag(8, 8)));
    for _ in 0..150 {
        assert_eq!(world.tools.images.inspect(&path, &world.cancel).await.unwrap().width, 8);
    }
}

#[tokio::test]
async fn a_decoder_that_is_no_decoder_is_a_fault_of_the_tool() {
    let world = World::with_child(ChildCommand { program: "/bin/true".into(), args: Vec::new() });
    let path = world.file("a.png", &png(&flag(8, 8)));
    let error = world.tools.images.inspect(&path, &world.cancel).await.unwrap_err();
    assert_eq!((error.problem.fault, error.problem.code.as_str()), (Fault::Tool, "image_decoder_lost"));
}

#[tokio::test]
async fn an_input_that_kills_decoders_is_a_fault_of_the_input() {
    let world = World::with_child(ChildCommand {
        program: "/usr/bin/python3".into(),
        args: vec!["-Sc".into(), "import signal; signal.raise_signal(signal.SIGSEGV)".into()],
    });
    let path = world.file("a.png", &png(&flag(8, 8)));
    let error = world.tools.images.inspect(&path, &world.cancel).await.unwrap_err();
    assert_eq!((error.problem.fault, error.problem.code.as_str()), (Fault::Input, "image_damaged"));
}

#[tokio::test]
async fn a_cancelled_request_ends_at_once_and_its_decoder_with_it() {
    // A span of its own by which the process is found; a confined child can write nothing anywhere.
    let span = format!("600.{}", std::process::id());
    let world = World::with_child(ChildCommand { program: "/bin/sh".into(), args: vec!["-c".into(), format!("exec sleep {span}").into()] });
    let path = world.file("a.png", &png(&flag(8, 8)));
    let until_started = async {
        while !runs(&span) {
            tokio::task::yield_now().await;
        }
        world.cancel.cancel();
    };
    let (ended, ()) = tokio::join!(world.tools.images.inspect(&path, &world.cancel), until_started);
    assert_eq!(ended.unwrap_err().problem.code, "cancelled");
    while runs(&span) {
        tokio::task::yield_now().await;
    }
}

/// Whether `sleep SPAN` runs on this machine.
fn runs(span: &str) -> bool {
    let sleeps = |entry: std::fs::DirEntry| {
        std::fs::read(entry.path().join("cmdline")).is_ok_and(|line| line == format!("sleep\0{span}\0").as_bytes())
    };
    std::fs::read_dir("/proc").unwrap().flatten().any(sleeps)
}
