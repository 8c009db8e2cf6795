import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

const server = process.env.WORKSTEAD_URL ?? "http://127.0.0.1:8800";

// The development server hands everything but Studio's own files to a real server.
const own = ["/api", "/signin", "/devicelogin", "/apps"];

export default defineConfig({
  plugins: [react()],
  server: {
    host: "127.0.0.1",
    port: 5173,
    proxy: Object.fromEntries(own.map((path) => [path, { target: server, changeOrigin: false }])),
  },
  build: {
    target: "es2022",
    outDir: "../server/src/workstead/studio/static",
    emptyOutDir: true,
    assetsInlineLimit: 0,
    reportCompressedSize: true,
    // The one larger chunk is ECharts, fetched when a matrix is shown.
    chunkSizeWarningLimit: 1200,
  },
});
