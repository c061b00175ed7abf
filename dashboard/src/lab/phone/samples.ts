/** A file the page makes itself, so that a picture can be sent without looking for one. */
export interface Sample {
  filename: string;
  mimeType: string;
  base64: string;
}

/** A small landscape, painted with the person's hue. */
export function samplePicture(hue: number): Sample {
  const canvas = document.createElement('canvas');
  canvas.width = 640;
  canvas.height = 480;
  const ink = canvas.getContext('2d');
  if (ink) {
    const sky = ink.createLinearGradient(0, 0, 0, 480);
    sky.addColorStop(0, `hsl(${hue} 58% 82%)`);
    sky.addColorStop(1, `hsl(${(hue + 40) % 360} 70% 92%)`);
    ink.fillStyle = sky;
    ink.fillRect(0, 0, 640, 480);
    ink.fillStyle = `hsl(${(hue + 30) % 360} 90% 96%)`;
    ink.beginPath();
    ink.arc(462, 132, 46, 0, Math.PI * 2);
    ink.fill();
    hills(ink, 300, 46, 0.008, 0.4, `hsl(${hue} 30% 66%)`);
    hills(ink, 350, 38, 0.011, 2.1, `hsl(${hue} 34% 50%)`);
    hills(ink, 410, 26, 0.014, 4.0, `hsl(${hue} 38% 36%)`);
  }
  const [, base64 = ''] = canvas.toDataURL('image/jpeg', 0.88).split(',');
  return { filename: 'hills.jpg', mimeType: 'image/jpeg', base64 };
}

function hills(
  ink: CanvasRenderingContext2D,
  y: number,
  high: number,
  bend: number,
  phase: number,
  colour: string,
): void {
  ink.fillStyle = colour;
  ink.beginPath();
  ink.moveTo(0, 480);
  for (let x = 0; x <= 640; x += 8) ink.lineTo(x, y - Math.sin(x * bend + phase) * high);
  ink.lineTo(640, 480);
  ink.fill();
}

/** A file as the simulator takes it. */
export async function fileSample(file: File): Promise<Sample> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  let binary = '';
  // In pieces, because a call takes only so many arguments.
  for (let at = 0; at < bytes.length; at += 0x8000) binary += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return { filename: file.name, mimeType: file.type || 'application/octet-stream', base64: btoa(binary) };
}

/** What an attached file is, as a phone would send it. */
export function kindOfFile(mimeType: string): 'image' | 'video' | 'audio' | 'document' {
  const [family] = mimeType.split('/');
  return family === 'image' || family === 'video' || family === 'audio' ? family : 'document';
}
