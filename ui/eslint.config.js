import js from "@eslint/js";
import hooks from "eslint-plugin-react-hooks";
import tseslint from "typescript-eslint";

export default tseslint.config(
  { ignores: ["node_modules", "src/api/schema.d.ts", "*.config.js", "scripts"] },
  js.configs.recommended,
  ...tseslint.configs.strict,
  hooks.configs.flat["recommended-latest"],
  {
    rules: {
      eqeqeq: "error",
      "max-lines": ["error", { max: 300, skipBlankLines: true }],
      "no-restricted-globals": [
        "error",
        { name: "parseFloat", message: "money never becomes a float: money/decimal.ts" },
      ],
      "@typescript-eslint/consistent-type-imports": "error",
    },
  },
);
