import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

/** `npx vite console` serves the sources beside a running `signet serve`. */
const ADMIN = "http://127.0.0.1:8789";

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react()],
  build: { outDir: "dist", emptyOutDir: true, target: "es2023", assetsInlineLimit: 0 },
  server: { proxy: { "/api": { target: ADMIN, changeOrigin: true, headers: { origin: ADMIN } } } },
});
