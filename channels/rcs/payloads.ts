/** The parts of Google’s RCS for Business API that we read and write, spelled as they spell them. */

/** Below a message, up to eleven; on a card, up to four. */
export type Suggestion = { reply: Pressed } | { action: Pressed & { fallbackUrl?: string } & DeviceAction };
interface Pressed {
  text: string;
  postbackData: string;
}
/** What the device does by itself. */
export type DeviceAction =
  | {
      openUrlAction: {
        url: string;
        application?: 'BROWSER' | 'WEBVIEW';
        webviewViewMode?: 'FULL' | 'HALF' | 'TALL';
        description?: string;
      };
    }
  | { dialAction: { phoneNumber: string } }
  | { shareLocationAction: Record<string, never> }
  | { viewLocationAction: { latLong: { latitude: number; longitude: number }; label?: string } };

/** A file by its link, or by the name it was given when it was uploaded. `upload`: one that `send` has to upload first. */
export type OutboundFile =
  | { contentInfo: { fileUrl: string; thumbnailUrl?: string; forceRefresh: boolean } }
  | { uploadedRbmFile: { fileName: string; thumbnailName?: string } }
  | { uploadedRbmFile: { upload: { mediaId: string; mimeType?: string; filename?: string } } };

export interface CardContent {
  title?: string;
  description?: string;
  media?: { height: 'SHORT' | 'MEDIUM' | 'TALL' } & OutboundFile;
  suggestions?: Suggestion[];
}

export type ContentMessage = (
  | { text: string }
  | OutboundFile
  | {
      richCard:
        | { standaloneCard: { cardOrientation: 'VERTICAL' | 'HORIZONTAL'; cardContent: CardContent } }
        | { carouselCard: { cardWidth: 'SMALL' | 'MEDIUM'; cardContents: CardContent[] } };
    }
) & { suggestions?: Suggestion[] };

/** The body of `agentMessages.create`. */
export interface AgentMessage {
  contentMessage: ContentMessage;
  ttl?: string;
  messageTrafficType?: 'AUTHENTICATION' | 'TRANSACTION' | 'PROMOTION' | 'SERVICEREQUEST' | 'ACKNOWLEDGEMENT';
}

/** What a person wrote or did, or what became of a message: decoded from the envelope, and believed in nothing. */
export type InboundData = Record<string, unknown>;
