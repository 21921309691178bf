import js from "@eslint/js";
import reactHooks from "eslint-plugin-react-hooks";
import tseslint from "typescript-eslint";

/** Which of our folders a folder may import: `ui`, `editor`, `grid`, `run` and `api` know no page and not each other. */
const walls = [
  { files: ["src/ui/**"], banned: ["api", "app", "editor", "explorer", "grid", "pages", "run"] },
  { files: ["src/api/**"], banned: ["app", "editor", "explorer", "grid", "pages", "run", "ui"] },
  { files: ["src/run/**"], banned: ["app", "editor", "explorer", "grid", "pages", "ui"] },
  { files: ["src/grid/**"], banned: ["app", "editor", "explorer", "pages"] },
  { files: ["src/editor/**"], banned: ["app", "explorer", "grid", "pages", "run"] },
];

export default tseslint.config(
  { ignores: ["dist", "src/api/generated.ts"] },
  js.configs.recommended,
  {
    files: ["**/*.{ts,tsx}"],
    extends: [...tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      "@typescript-eslint/switch-exhaustiveness-check": [
        "error",
        { considerDefaultExhaustiveForUnions: true },
      ],
      "@typescript-eslint/no-misused-spread": ["error", { allow: ["string"] }],
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/no-confusing-void-expression": "off",
      "@typescript-eslint/no-empty-function": "off",
      "@typescript-eslint/no-unused-vars": ["error", { ignoreRestSiblings: true }],
    },
  },
  { files: ["src/**/*.{ts,tsx}"], ...reactHooks.configs.flat.recommended },
  // Warns of TanStack Virtual under React's compiler, which is not in use.
  { files: ["src/**/*.{ts,tsx}"], rules: { "react-hooks/incompatible-library": "off" } },
  ...walls.map(({ files, banned }) => ({
    files,
    rules: {
      "no-restricted-imports": [
        "error",
        {
          patterns: [
            {
              group: banned.map((name) => `~/${name}/*`),
              message: "See ARCHITECTURE.md: this folder stands alone.",
            },
          ],
        },
      ],
    },
  })),
  {
    files: ["public/*.js"],
    languageOptions: { globals: { document: "readonly", localStorage: "readonly", matchMedia: "readonly" } },
  },
);
