#!/usr/bin/env node
console.error("signet: no command yet");
