/**
 * How each field of Gemini's requests is handled. Names are camelCase; snake_case is accepted as well, as by Google.
 * Source: the types of the `@google/genai` package.
 */
import type { SupportTable } from "../fields.ts";

const NO_COUNTERPART = "Bedrock has no counterpart.";
const TEXT_ONLY = "answers are text only.";
const NO_SERVER_TOOLS = "Bedrock doesn't run Google's tools.";

export const REQUEST: SupportTable = {
  contents: "mapped",
  systemInstruction: "mapped",
  tools: "mapped",
  toolConfig: "mapped",
  generationConfig: "mapped",
  safetySettings: "mapped",
  model: { ignored: "the path has it." },
  labels: { ignored: "the key identifies the caller." },
  store: { ignored: "nothing is stored between calls." },
  serviceTier: { refused: NO_COUNTERPART, harmless: ["standard", "unspecified"] },
  cachedContent: { refused: "nothing is stored between calls." },
};

export const CONTENT: SupportTable = { role: "mapped", parts: "mapped" };

export const PART: SupportTable = {
  text: "mapped",
  thought: "mapped",
  thoughtSignature: "mapped",
  inlineData: "mapped",
  functionCall: "mapped",
  functionResponse: "mapped",
  partMetadata: { ignored: "it is for the caller only." },
  mediaResolution: { ignored: "the model chooses the resolution." },
  mediaProcessing: { refused: NO_COUNTERPART },
  fileData: { refused: "nothing is fetched: send the data as inlineData." },
  videoMetadata: { refused: NO_COUNTERPART },
  executableCode: { refused: NO_SERVER_TOOLS },
  codeExecutionResult: { refused: NO_SERVER_TOOLS },
  toolCall: { refused: NO_SERVER_TOOLS },
  toolResponse: { refused: NO_SERVER_TOOLS },
  audioTranscription: { refused: NO_COUNTERPART },
  speechMetadata: { refused: NO_COUNTERPART },
};

export const INLINE_DATA: SupportTable = { mimeType: "mapped", data: "mapped", displayName: "mapped" };

export const FUNCTION_CALL: SupportTable = {
  id: "mapped",
  name: "mapped",
  args: "mapped",
  partialArgs: { refused: "calls are never partial here." },
  willContinue: { refused: "calls are never partial here.", harmless: [false] },
};

export const FUNCTION_RESPONSE: SupportTable = {
  id: "mapped",
  name: "mapped",
  response: "mapped",
  parts: { refused: "use response." },
  scheduling: { refused: NO_COUNTERPART },
  willContinue: { refused: NO_COUNTERPART, harmless: [false] },
};

export const TOOL: SupportTable = {
  functionDeclarations: "mapped",
  retrieval: { refused: NO_SERVER_TOOLS },
  googleSearch: { refused: NO_SERVER_TOOLS },
  googleSearchRetrieval: { refused: NO_SERVER_TOOLS },
  googleMaps: { refused: NO_SERVER_TOOLS },
  enterpriseWebSearch: { refused: NO_SERVER_TOOLS },
  exaAiSearch: { refused: NO_SERVER_TOOLS },
  parallelAiSearch: { refused: NO_SERVER_TOOLS },
  urlContext: { refused: NO_SERVER_TOOLS },
  fileSearch: { refused: NO_SERVER_TOOLS },
  codeExecution: { refused: NO_SERVER_TOOLS },
  computerUse: { refused: NO_SERVER_TOOLS },
  mcpServers: { refused: NO_SERVER_TOOLS },
};

export const FUNCTION: SupportTable = {
  name: "mapped",
  description: "mapped",
  parameters: "mapped",
  parametersJsonSchema: "mapped",
  response: { ignored: "Converse describes a tool's input only." },
  responseJsonSchema: { ignored: "Converse describes a tool's input only." },
  behavior: { refused: NO_COUNTERPART, harmless: ["BLOCKING", "UNSPECIFIED"] },
};

export const TOOL_CONFIG: SupportTable = {
  functionCallingConfig: "mapped",
  retrievalConfig: { refused: NO_SERVER_TOOLS },
  includeServerSideToolInvocations: { refused: NO_SERVER_TOOLS, harmless: [false] },
};

export const FUNCTION_CALLING: SupportTable = {
  mode: "mapped",
  allowedFunctionNames: "mapped",
  streamFunctionCallArguments: { refused: "calls are never partial here.", harmless: [false] },
};

export const GENERATION: SupportTable = {
  temperature: "mapped",
  topP: "mapped",
  topK: "mapped",
  maxOutputTokens: "mapped",
  stopSequences: "mapped",
  responseMimeType: "mapped",
  responseSchema: "mapped",
  responseJsonSchema: "mapped",
  thinkingConfig: "mapped",
  seed: { ignored: "sampling can't be seeded." },
  mediaResolution: { ignored: "the model chooses the resolution." },
  candidateCount: { refused: "Bedrock gives one answer per call.", harmless: [1] },
  presencePenalty: { refused: NO_COUNTERPART, harmless: [0] },
  frequencyPenalty: { refused: NO_COUNTERPART, harmless: [0] },
  responseLogprobs: { refused: NO_COUNTERPART, harmless: [false] },
  logprobs: { refused: NO_COUNTERPART },
  responseModalities: { refused: TEXT_ONLY, harmless: [["TEXT"], []] },
  responseFormat: { refused: "use responseSchema or responseJsonSchema." },
  speechConfig: { refused: TEXT_ONLY },
  imageConfig: { refused: TEXT_ONLY },
  audioTimestamp: { refused: NO_COUNTERPART, harmless: [false] },
  audioTranscriptionConfig: { refused: NO_COUNTERPART },
  translationConfig: { refused: NO_COUNTERPART },
  routingConfig: { refused: NO_COUNTERPART },
  modelSelectionConfig: { refused: NO_COUNTERPART },
  enableAffectiveDialog: { refused: NO_COUNTERPART, harmless: [false] },
  enableEnhancedCivicAnswers: { refused: NO_COUNTERPART, harmless: [false] },
};

export const THINKING: SupportTable = {
  includeThoughts: "mapped",
  thinkingBudget: "mapped",
  thinkingLevel: "mapped",
};

export const EMBED: SupportTable = {
  model: { ignored: "the path has it." },
  content: "mapped",
  taskType: "mapped",
  outputDimensionality: "mapped",
  title: { ignored: "the models embed only the text." },
  autoTruncate: { refused: "texts are never shortened.", harmless: [false] },
};

/** By its title in the documentation. */
export const SUPPORT: Record<string, SupportTable> = {
  "generateContent, streamGenerateContent": REQUEST,
  contents: CONTENT,
  parts: PART,
  inlineData: INLINE_DATA,
  functionCall: FUNCTION_CALL,
  functionResponse: FUNCTION_RESPONSE,
  tools: TOOL,
  functionDeclarations: FUNCTION,
  toolConfig: TOOL_CONFIG,
  functionCallingConfig: FUNCTION_CALLING,
  generationConfig: GENERATION,
  thinkingConfig: THINKING,
  embedContent: EMBED,
};
