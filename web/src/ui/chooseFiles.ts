interface FileChoice {
  /** As of `<input accept>`. */
  readonly accept: string;
  readonly multiple: boolean;
}

/** Held while its dialog is open: a browser may clear away what nobody holds, and with it what was chosen there. */
let asked: HTMLInputElement | null = null;

/** Asks for files of the person's computer. Browsers allow it behind a press or a key only. */
export function chooseFiles({ accept, multiple }: FileChoice, take: (file: File) => void): void {
  const input = document.createElement("input");
  input.type = "file";
  input.accept = accept;
  input.multiple = multiple;
  const end = () => {
    if (asked === input) asked = null;
  };
  input.addEventListener("cancel", end);
  input.addEventListener("change", () => {
    end();
    for (const file of input.files ?? []) take(file);
  });
  asked = input;
  input.click();
}
