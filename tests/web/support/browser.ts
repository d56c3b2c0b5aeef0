// How Chromium is started: with WebGPU on SwiftShader, or without a graphics adapter.

import type { LaunchOptions } from '@playwright/test';

const QUIET = [
  '--headless=new',
  '--no-sandbox',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

function launch(...args: string[]): LaunchOptions {
  return { executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium', args: [...QUIET, ...args] };
}

/** A graphics adapter played by a program, the same on every machine. */
export const WITH_WEBGPU = launch(
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
  '--enable-features=Vulkan',
);

/** WebGPU is there, and every request for an adapter is answered with null. For `test.use` at the top of a file. */
export const WITHOUT_ADAPTER = launch();
