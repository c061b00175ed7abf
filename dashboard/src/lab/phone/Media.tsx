import { FileTextIcon } from '@radix-ui/react-icons';
import { useState } from 'react';
import type { PhoneMessage } from '../sim.ts';
import { Pin } from './glyphs.tsx';
import css from './media.module.css';

/** The part of a message that is not words: drawn from the bytes the provider holds. */
export function Media({ message }: { message: PhoneMessage }) {
  switch (message.kind) {
    case 'image':
      return <Picture message={message} />;
    case 'sticker':
      return <Sticker message={message} />;
    case 'video':
      return message.mediaUrl ? (
        // biome-ignore lint/a11y/useMediaCaption: the file is somebody's own and has no captions.
        <video className={css.video} src={message.mediaUrl} controls preload="metadata" />
      ) : (
        <Attached message={message} name="Video" />
      );
    case 'audio':
      return message.mediaUrl ? (
        // biome-ignore lint/a11y/useMediaCaption: the file is somebody's own and has no captions.
        <audio className={css.audio} src={message.mediaUrl} controls preload="metadata" />
      ) : (
        <Attached message={message} name="Voice note" />
      );
    case 'document':
      return <Attached message={message} name="File" />;
    case 'location':
      return <Place location={message.location} />;
    default:
      return null;
  }
}

function Picture({ message }: { message: PhoneMessage }) {
  const [broken, setBroken] = useState(false);
  if (!message.mediaUrl || broken) return <div className={css.missing}>This picture could not be loaded</div>;
  return (
    <a
      className={css.picture}
      href={message.mediaUrl}
      target="_blank"
      rel="noopener noreferrer"
      aria-label="Open the picture"
    >
      <img src={message.mediaUrl} alt={message.text ?? 'Sent'} onError={() => setBroken(true)} />
    </a>
  );
}

/** In UTF-16 units: a family of four, joined, has eleven. */
const MOST_OF_AN_EMOJI = 11;

function Sticker({ message }: { message: PhoneMessage }) {
  if (message.mediaUrl)
    return <img className={css.sticker} src={message.mediaUrl} alt={`Sticker ${message.text ?? ''}`} />;
  const sign = message.text ?? '🙂';
  // Some providers name their stickers by number only.
  if (sign.length > MOST_OF_AN_EMOJI) return <span className={css.named}>{sign}</span>;
  return <span className={css.emoji}>{sign}</span>;
}

function Attached({ message, name }: { message: PhoneMessage; name: string }) {
  const title = message.filename ?? name;
  const ending = /\.([a-z0-9]{1,5})$/i.exec(title)?.[1]?.toUpperCase();
  const inner = (
    <>
      <span className={css.fileIcon}>
        <FileTextIcon width={20} height={20} />
      </span>
      <span className={css.fileWords}>
        <span className={css.fileName}>{title}</span>
        <span className={css.fileKind}>{ending ? `${ending} file` : name}</span>
      </span>
    </>
  );
  if (!message.mediaUrl) return <div className={css.file}>{inner}</div>;
  return (
    <a
      className={css.file}
      href={message.mediaUrl}
      target="_blank"
      rel="noopener noreferrer"
      download={message.filename}
    >
      {inner}
    </a>
  );
}

/** A map of nowhere in particular: no tiles are fetched from anybody, so the streets are drawn from the coordinates. */
function Place({ location }: { location: PhoneMessage['location'] }) {
  if (!location) return null;
  const { latitude, longitude, name, address } = location;
  const shift = (value: number) => Math.round((Math.abs(value * 1000) % 40) - 20);
  const x = shift(longitude);
  const y = shift(latitude);
  return (
    <a
      className={css.place}
      href={`https://www.openstreetmap.org/?mlat=${latitude}&mlon=${longitude}#map=15/${latitude}/${longitude}`}
      target="_blank"
      rel="noopener noreferrer"
      aria-label={name || address ? undefined : 'Open the location on a map'}
    >
      <span className={css.map}>
        <svg viewBox="0 0 260 140" preserveAspectRatio="xMidYMid slice" aria-hidden="true">
          <rect width="260" height="140" className={css.land} />
          <g transform={`translate(${x} ${y}) rotate(${x / 2} 130 70)`}>
            <path className={css.park} d="M150 -40h70v70l-40 24-50-30z" />
            <path className={css.water} d="M-60 132c60-30 90 8 150-8s90-4 230 30v60H-60z" />
            <path
              className={css.street}
              d="M-60 20h400M-60 62h400M-60 104h400M24-60v300M82-60v300M132-60v300M196-60v300M242-60v300M-40 150 180-60"
            />
            <path className={css.road} d="M-60 84 340 44M108-60l40 300" />
          </g>
        </svg>
        <span className={css.pin}>
          <Pin />
        </span>
      </span>
      {(name || address) && (
        <span className={css.placeWords} data-words>
          {name && <strong>{name}</strong>}
          {address && <span>{address}</span>}
          <span className="visually-hidden"> Open on a map</span>
        </span>
      )}
    </a>
  );
}
