/** Starts Studio: theme, queries, router. */

import { FluentProvider, RendererProvider, createDOMRenderer } from "@fluentui/react-components";
import { QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { RouterProvider } from "react-router/dom";
import { queryClient } from "./api/queries";
import { router } from "./routes";
import "./ui/base.css";
import { useTheme } from "./ui/theme";

// The server allows only styles that bear the nonce of this very page.
const nonce = document.querySelector('meta[name="csp-nonce"]')?.getAttribute("content") ?? "";
const renderer = createDOMRenderer(document, { styleElementAttributes: { nonce } });

function Studio() {
  return (
    <FluentProvider theme={useTheme()} style={{ height: "100%" }}>
      <RouterProvider router={router} />
    </FluentProvider>
  );
}

const root = document.getElementById("root");
if (root) {
  createRoot(root).render(
    <StrictMode>
      <RendererProvider renderer={renderer} targetDocument={document}>
        <QueryClientProvider client={queryClient}>
          <Studio />
        </QueryClientProvider>
      </RendererProvider>
    </StrictMode>,
  );
}
