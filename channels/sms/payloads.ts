/** The fields of Twilio’s webhooks that we read, spelled as Twilio spells them. */
export type InboundField =
  | 'AccountSid'
  | 'MessageSid'
  | 'SmsSid'
  | 'SmsMessageSid'
  | 'MessagingServiceSid'
  | 'From'
  | 'To'
  | 'Body'
  | 'NumMedia'
  | `MediaUrl${number}`
  | `MediaContentType${number}`
  | 'NumSegments'
  | 'OptOutType'
  | 'FromCity'
  | 'FromState'
  | 'FromZip'
  | 'FromCountry'
  | 'ProfileName'
  | 'ButtonText'
  | 'ButtonPayload'
  | 'OriginalRepliedMessageSid'
  | 'Latitude'
  | 'Longitude'
  | 'Label'
  | 'Address';
/** The parameters of `POST Messages.json` that we give. */
export interface NewMessage {
  To: string;
  From?: string;
  MessagingServiceSid?: string;
  Body?: string;
  MediaUrl?: string[];
  StatusCallback: string;
  SmartEncoded?: true;
  ValidityPeriod?: number;
}
