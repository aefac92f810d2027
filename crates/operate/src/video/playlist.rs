//! HLS media playlists read back: segments, their lengths, and whether players may rely on them. Pure (RFC 8216).

/// A media playlist.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Playlist {
    /// `EXT-X-TARGETDURATION`, seconds.
    pub target: u64,
    /// Segments in order.
    pub segments: Vec<Segment>,
    /// The initialisation segment's name.
    pub init: String,
    /// Whether it is closed by `EXT-X-ENDLIST`.
    pub ended: bool,
}

/// A media segment.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Segment {
    /// Its file's name, beside the playlist.
    pub file: String,
    /// `EXTINF`, seconds.
    pub seconds: f64,
}

impl Playlist {
    /// Reads a media playlist; `None` if it is not one.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut lines = text.lines().map(str::trim);
        if lines.next()? != "#EXTM3U" {
            return None;
        }
        let mut playlist = Self { target: 0, segments: Vec::new(), init: String::new(), ended: false };
        let mut seconds = None;
        for line in lines {
            if let Some(value) = line.strip_prefix("#EXT-X-TARGETDURATION:") {
                playlist.target = value.parse().ok()?;
            } else if let Some(value) = line.strip_prefix("#EXT-X-MAP:URI=\"") {
                playlist.init = value.split('"').next()?.to_owned();
            } else if let Some(value) = line.strip_prefix("#EXTINF:") {
                seconds = Some(value.split(',').next()?.parse().ok()?);
            } else if line == "#EXT-X-ENDLIST" {
                playlist.ended = true;
            } else if !line.is_empty() && !line.starts_with('#') {
                playlist.segments.push(Segment { file: line.to_owned(), seconds: seconds.take()? });
            }
        }
        Some(playlist)
    }

    /// The same with what ffmpeg leaves rough made exact. It guesses how long the last segment is from the nominal frame rate;
    /// given how long the whole is, the last is what remains. And it rounds half a second down to a target of 0.
    pub(crate) fn exact(mut self, whole: Option<f64>) -> Option<Self> {
        if let (Some(whole), Some((last, before))) = (whole, self.segments.split_last_mut()) {
            last.seconds = whole - before.iter().map(|s| s.seconds).sum::<f64>();
            if last.seconds <= 0.0 {
                return None;
            }
        }
        self.target = self.segments.iter().map(|s| s.seconds.round() as u64).max()?.max(1);
        Some(self)
    }

    /// As a file. Every segment starts with a key frame or is sound, so each can be decoded by itself.
    pub(crate) fn render(&self) -> String {
        let mut out = format!(
            "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:{}\n#EXT-X-MEDIA-SEQUENCE:1\n#EXT-X-PLAYLIST-TYPE:VOD\n#EXT-X-INDEPENDENT-SEGMENTS\n#EXT-X-MAP:URI=\"{}\"\n",
            self.target, self.init
        );
        for segment in &self.segments {
            out.push_str(&format!("#EXTINF:{:.6},\n{}\n", segment.seconds, segment.file));
        }
        out.push_str("#EXT-X-ENDLIST\n");
        out
    }

    /// What a player could stumble over; `None` when sound.
    pub(crate) fn fault(&self) -> Option<String> {
        if self.segments.is_empty() || self.init.is_empty() || !self.ended {
            return Some("a playlist is incomplete".into());
        }
        let long = self.segments.iter().find(|s| s.seconds.round() as u64 > self.target);
        long.map(|s| format!("segment {} lasts {:.3} s, above the target of {} s", s.file, s.seconds, self.target))
    }

    /// Whether both are cut at the same times, to the millisecond.
    pub(crate) fn is_cut_like(&self, other: &Self) -> bool {
        let same = |(a, b): (&Segment, &Segment)| (a.seconds - b.seconds).abs() < 0.001;
        self.segments.len() == other.segments.len() && self.segments.iter().zip(&other.segments).all(same)
    }

    /// Length of all segments, seconds.
    pub(crate) fn seconds(&self) -> f64 {
        self.segments.iter().map(|s| s.seconds).sum()
    }

    /// Peak and average bits a second, from the sizes of the segments in order. The peak leaves out segments shorter than
    /// half the target, as RFC 8216 (4.3.4.2) does, unless there are no others.
    pub(crate) fn bandwidth(&self, bytes: &[u64]) -> Bandwidth {
        let rate = |bytes: u64, seconds: f64| (bytes as f64 * 8.0 / seconds.max(0.001)).ceil() as u64;
        let average = rate(bytes.iter().sum(), self.seconds());
        let counted = self.segments.iter().zip(bytes).filter(|(s, _)| s.seconds * 2.0 >= self.target as f64);
        let peak = counted.map(|(s, b)| rate(*b, s.seconds)).max().unwrap_or(average);
        Bandwidth { peak: peak.max(average), average }
    }
}

/// Bits a second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Bandwidth {
    /// Of the costliest segment.
    pub peak: u64,
    /// Over the whole.
    pub average: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:6\n#EXT-X-MAP:URI=\"init.mp4\"\n\
                        #EXTINF:6.000000,\nseg_00001.m4s\n#EXTINF:2.500000,\nseg_00002.m4s\n#EXT-X-ENDLIST\n";

    #[test]
    fn a_playlist_is_read_back() {
        let playlist = Playlist::parse(TEXT).unwrap();
        assert_eq!((playlist.target, playlist.init.as_str(), playlist.segments.len(), playlist.seconds()), (6, "init.mp4", 2, 8.5));
        assert_eq!(playlist.segments[1], Segment { file: "seg_00002.m4s".into(), seconds: 2.5 });
        assert_eq!(playlist.fault(), None);
    }

    #[test]
    fn a_segment_above_the_target_is_a_fault_only_after_rounding() {
        let with = |seconds: &str| Playlist::parse(&TEXT.replace("6.000000", seconds)).unwrap().fault();
        assert_eq!(with("6.499"), None);
        assert!(with("6.5").is_some());
    }

    #[test]
    fn the_last_segment_is_what_remains_and_the_target_is_never_zero() {
        let exact = Playlist::parse(TEXT).unwrap().exact(Some(8.25)).unwrap();
        assert_eq!((exact.segments[1].seconds, exact.target), (2.25, 6));
        assert_eq!(Playlist::parse(TEXT).unwrap().exact(Some(5.0)), None);
        let short = TEXT.replace("6.000000", "0.3").replace("2.500000", "0.2");
        assert_eq!(Playlist::parse(&short).unwrap().exact(None).unwrap().target, 1);
    }

    #[test]
    fn what_is_rendered_is_read_back_the_same() {
        let playlist = Playlist::parse(TEXT).unwrap();
        assert_eq!(Playlist::parse(&playlist.render()), Some(playlist));
    }

    #[test]
    fn a_playlist_without_an_end_is_a_fault() {
        assert!(Playlist::parse(&TEXT.replace("#EXT-X-ENDLIST", "")).unwrap().fault().is_some());
        assert_eq!(Playlist::parse("<html>"), None);
    }

    #[test]
    fn other_cuts_are_seen() {
        let a = Playlist::parse(TEXT).unwrap();
        assert!(a.is_cut_like(&a));
        assert!(!a.is_cut_like(&Playlist::parse(&TEXT.replace("2.5", "2.6")).unwrap()));
    }

    #[test]
    fn the_peak_leaves_out_a_short_last_segment() {
        let bandwidth = Playlist::parse(TEXT).unwrap().bandwidth(&[600_000, 900_000]);
        assert_eq!(bandwidth, Bandwidth { peak: 1_411_765, average: 1_411_765 });
        assert_eq!(Playlist::parse(TEXT).unwrap().bandwidth(&[600_000, 1_000]).peak, 800_000);
    }
}
