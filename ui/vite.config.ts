/// <reference types="vitest/config" />
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

/** Where `npm run dev` finds the API: the address of a running `tally serve`. */
const SERVER = "http://127.0.0.1:8000";

export default defineConfig({
  plugins: [react()],
  build: {
    outDir: "../src/tallystick/api/web",
    emptyOutDir: true,
    target: "es2022",
    chunkSizeWarningLimit: 750,
  },
  server: { proxy: { "/api": SERVER } },
  test: { environment: "node", include: ["src/**/*.test.ts"] },
});
