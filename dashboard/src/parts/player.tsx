// Plays a file's video by HLS with a choice of quality, or its sound. hls.js is fetched only when a video is there to play.
import { useEffect, useRef, useState } from "preact/hooks";
import type Hls from "hls.js";
import type { Level } from "hls.js";

type Props = { master: string; fallback: string | undefined; poster: string | undefined; name: string };

const AUTO = -1;

function levelName(level: Level): string {
  const rate = level.bitrate > 0 ? ` · ${(level.bitrate / 1e6).toFixed(1)} Mbit/s` : "";
  return `${Math.min(level.width || Infinity, level.height)}p${rate}`;
}

/** Ties hls.js to the element; the answer is what undoes it. */
function attach(video: HTMLVideoElement, master: string, onReady: (hls: Hls) => void, onFault: (words: string) => void, onLevel: (index: number) => void): () => void {
  let hls: Hls | undefined;
  let gone = false;
  void import("hls.js").then(({ default: Player }) => {
    if (gone) return;
    if (!Player.isSupported()) {
      // Safari on a phone plays the playlist by itself.
      if (video.canPlayType("application/vnd.apple.mpegurl")) video.src = master;
      else onFault("This browser cannot play HLS; the downloads below still work.");
      return;
    }
    // No worker: it would need blob: scripts, which the page's security policy does not allow.
    hls = new Player({ enableWorker: false, capLevelToPlayerSize: false });
    hls.on(Player.Events.MANIFEST_PARSED, () => hls && onReady(hls));
    hls.on(Player.Events.LEVEL_SWITCHED, (_, data) => onLevel(data.level));
    hls.on(Player.Events.ERROR, (_, data) => data.fatal && onFault(`The video cannot be played (${data.details}).`));
    hls.loadSource(master);
    hls.attachMedia(video);
  }, () => onFault("The player could not be loaded."));
  return () => {
    gone = true;
    hls?.destroy();
  };
}

export function VideoPlayer({ master, fallback, poster, name }: Props) {
  const video = useRef<HTMLVideoElement>(null);
  const player = useRef<Hls | null>(null);
  const [levels, setLevels] = useState<readonly Level[]>([]);
  const [playing, setPlaying] = useState(AUTO);
  const [fault, setFault] = useState("");
  useEffect(() => {
    if (!video.current) return;
    return attach(video.current, master, (hls) => {
      player.current = hls;
      setLevels([...hls.levels]);
    }, setFault, setPlaying);
  }, [master]);
  const choose = (index: number) => {
    if (player.current) player.current.nextLevel = index;
  };
  const current = levels[playing];
  return (
    <div class="player">
      <video ref={video} controls playsInline preload="metadata" poster={poster} aria-label={`Video: ${name}`} data-testid="video" />
      {fault && <p class="fault" role="alert">{fault}{fallback && <> <a href={fallback}>Open the MP4 instead</a></>}</p>}
      {levels.length > 0 && (
        <label class="quality">Quality{" "}
          <select data-testid="quality" onChange={(event) => choose(Number(event.currentTarget.value))}>
            <option value={AUTO}>Auto{current ? ` (${Math.min(current.width || Infinity, current.height)}p)` : ""}</option>
            {levels.map((level, index) => <option key={index} value={index}>{levelName(level)}</option>)}
          </select>
        </label>
      )}
    </div>
  );
}

/** A plain file that the browser plays by itself: sound alone, or a video without playlists. */
export function SoundPlayer({ url, name }: { url: string; name: string }) {
  return <audio controls preload="metadata" src={url} aria-label={`Sound: ${name}`} data-testid="audio" />;
}

export function PlainVideo({ url, poster, name }: { url: string; poster: string | undefined; name: string }) {
  return <div class="player"><video controls playsInline preload="metadata" src={url} poster={poster} aria-label={`Video: ${name}`} data-testid="video" /></div>;
}
