/** The words that only a call needs, in one language. Everything else that is said was written by somebody. */
export interface Phrases {
  press(choice: string, digit: number): string;
  more: string;
  person: string;
  wrong: string;
  nobody: string;
  leave: string;
  thanks: string;
  goodbye: string;
  connecting: string;
  recorded: string;
}

const ENGLISH: Phrases = {
  press: (choice, digit) => `For ${choice}, press ${digit}.`,
  more: 'For more choices, press 0.',
  person: 'To speak to a person, press 0.',
  wrong: 'Sorry, that is not one of the choices.',
  nobody: 'Sorry, nobody can answer just now.',
  leave: 'Please leave a message after the tone, and press the hash key when you are done.',
  thanks: 'Thank you for your message. Goodbye.',
  goodbye: 'Goodbye.',
  connecting: 'One moment, please.',
  recorded: 'This call is recorded.',
};

const LANGUAGES: Readonly<Record<string, Phrases>> = {
  en: ENGLISH,
  pt: {
    press: (choice, digit) => `Para ${choice}, tecle ${digit}.`,
    more: 'Para mais opções, tecle 0.',
    person: 'Para falar com um atendente, tecle 0.',
    wrong: 'Desculpe, essa não é uma das opções.',
    nobody: 'Desculpe, ninguém pode atender agora.',
    leave: 'Deixe a sua mensagem após o sinal e tecle jogo da velha ao terminar.',
    thanks: 'Obrigado pela sua mensagem. Até logo.',
    goodbye: 'Até logo.',
    connecting: 'Um momento, por favor.',
    recorded: 'Esta chamada está sendo gravada.',
  },
  es: {
    press: (choice, digit) => `Para ${choice}, pulse ${digit}.`,
    more: 'Para más opciones, pulse 0.',
    person: 'Para hablar con una persona, pulse 0.',
    wrong: 'Lo siento, esa no es una de las opciones.',
    nobody: 'Lo siento, nadie puede atender ahora.',
    leave: 'Deje su mensaje después de la señal y pulse almohadilla al terminar.',
    thanks: 'Gracias por su mensaje. Adiós.',
    goodbye: 'Adiós.',
    connecting: 'Un momento, por favor.',
    recorded: 'Esta llamada se está grabando.',
  },
  fr: {
    press: (choice, digit) => `Pour ${choice}, tapez ${digit}.`,
    more: 'Pour d’autres choix, tapez 0.',
    person: 'Pour parler à une personne, tapez 0.',
    wrong: 'Désolé, ce choix n’existe pas.',
    nobody: 'Désolé, personne ne peut répondre pour le moment.',
    leave: 'Laissez votre message après le signal, puis tapez dièse.',
    thanks: 'Merci de votre message. Au revoir.',
    goodbye: 'Au revoir.',
    connecting: 'Un instant, s’il vous plaît.',
    recorded: 'Cet appel est enregistré.',
  },
  de: {
    press: (choice, digit) => `Für ${choice} drücken Sie die ${digit}.`,
    more: 'Für weitere Möglichkeiten drücken Sie die 0.',
    person: 'Um mit jemandem zu sprechen, drücken Sie die 0.',
    wrong: 'Das steht leider nicht zur Wahl.',
    nobody: 'Leider kann gerade niemand antworten.',
    leave: 'Bitte sprechen Sie nach dem Ton, und drücken Sie danach die Rautetaste.',
    thanks: 'Danke für Ihre Nachricht. Auf Wiederhören.',
    goodbye: 'Auf Wiederhören.',
    connecting: 'Einen Augenblick, bitte.',
    recorded: 'Dieses Gespräch wird aufgezeichnet.',
  },
  it: {
    press: (choice, digit) => `Per ${choice}, premere ${digit}.`,
    more: 'Per altre scelte, premere 0.',
    person: 'Per parlare con una persona, premere 0.',
    wrong: 'Spiacenti, questa scelta non esiste.',
    nobody: 'Spiacenti, al momento nessuno può rispondere.',
    leave: 'Lasciare un messaggio dopo il segnale, poi premere cancelletto.',
    thanks: 'Grazie del messaggio. Arrivederci.',
    goodbye: 'Arrivederci.',
    connecting: 'Un attimo, prego.',
    recorded: 'Questa chiamata viene registrata.',
  },
};

/** The words of a language, by its tag; English where we have none of it. */
export const phrasesOf = (language: string): Phrases => LANGUAGES[language.split('-')[0]!.toLowerCase()] ?? ENGLISH;
