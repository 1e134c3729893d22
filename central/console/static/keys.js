// The person's Ed25519 key. Law: the private half is made or imported here, kept non-extractable in this
// browser's IndexedDB, and never leaves it; only signatures and the public half do.

import { Failure, fromBase64, say, sha256Hex, toBase64 } from "./words.js";
import { openEncrypted } from "./pkcs8.js";

const ALGORITHM = { name: "Ed25519" };

/** Return "ok", "insecure" (no TLS, not localhost) or "old" (this browser has no Ed25519). */
export async function ability() {
  if (!window.isSecureContext || !window.crypto?.subtle) return "insecure";
  try {
    await crypto.subtle.generateKey(ALGORITHM, false, ["sign", "verify"]);
    return "ok";
  } catch {
    return "old";
  }
}

function store(mode, work) {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open("tienglang", 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore("keys");
    opening.onerror = () => reject(new Failure(say("Trình duyệt không cho lưu khóa (có thể đang ở chế độ riêng tư).")));
    opening.onsuccess = () => {
      const transaction = opening.result.transaction("keys", mode);
      const asked = work(transaction.objectStore("keys"));
      transaction.oncomplete = () => {
        opening.result.close();
        resolve(asked.result);
      };
      transaction.onerror = () => reject(new Failure(say("Trình duyệt không cho lưu khóa (có thể đang ở chế độ riêng tư).")));
    };
  });
}

/** Return the key kept for this login, or null: {privateKey, publicKey, keyid, made}. */
export const keyOf = async (login) => (await store("readonly", (keys) => keys.get(login))) ?? null;

export const forgetKey = (login) => store("readwrite", (keys) => keys.delete(login));

async function keep(login, privateKey, rawPublic) {
  const probe = new TextEncoder().encode("tienglang-key-check");
  const signature = await crypto.subtle.sign(ALGORITHM, privateKey, probe);
  const verifier = await crypto.subtle.importKey("raw", rawPublic, ALGORITHM, true, ["verify"]);
  if (!(await crypto.subtle.verify(ALGORITHM, verifier, signature, probe))) {
    throw new Failure(say("Khóa này không tự kiểm được chữ ký của nó, không dùng."));
  }
  const kept = {
    privateKey,
    publicKey: toBase64(rawPublic),
    keyid: (await sha256Hex(rawPublic)).slice(0, 16),
    made: new Date().toISOString(),
  };
  await store("readwrite", (keys) => keys.put(kept, login));
  await navigator.storage?.persist?.();
  return kept;
}

/** Make a new key for this login and keep it; the private half cannot be exported, not even by us. */
export async function makeKey(login) {
  const pair = await crypto.subtle.generateKey(ALGORITHM, false, ["sign", "verify"]);
  return keep(login, pair.privateKey, new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey)));
}

/** Import a PKCS#8 PEM key file (passphrase or none) and keep it non-extractable. */
export async function importKey(login, pem, passphrase) {
  const found = /-----BEGIN (ENCRYPTED )?PRIVATE KEY-----([A-Za-z0-9+/=\s]+)-----END/.exec(pem);
  if (!found) throw new Failure(say("Đây không phải tệp khóa PKCS#8 (PEM)."));
  let der = fromBase64(found[2].replace(/\s+/g, ""));
  if (found[1]) der = await openEncrypted(der, passphrase);
  let opened;
  try {
    opened = await crypto.subtle.importKey("pkcs8", der, ALGORITHM, true, ["sign"]);
  } catch {
    // one wrong passphrase in 256 leaves padding that looks right
    throw new Failure(found[1] ? say("Mật khẩu của tệp khóa không đúng.") : say("Tệp này không chứa khóa Ed25519."));
  }
  const { x } = await crypto.subtle.exportKey("jwk", opened);
  const rawPublic = Uint8Array.from(atob(x.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  return keep(login, await crypto.subtle.importKey("pkcs8", der, ALGORITHM, false, ["sign"]), rawPublic);
}

/** The DSSE pre-authentication encoding: what a signature really covers. */
export function pae(payloadType, payload) {
  const type = new TextEncoder().encode(payloadType);
  const head = new TextEncoder().encode(`DSSEv1 ${type.length} ${payloadType} ${payload.length} `);
  const whole = new Uint8Array(head.length + payload.length);
  whole.set(head);
  whole.set(payload, head.length);
  return whole;
}

/** Return the envelope, one line of JSON, with this key's signature over the payload. */
export async function seal(kept, payloadType, payload) {
  const signature = new Uint8Array(await crypto.subtle.sign(ALGORITHM, kept.privateKey, pae(payloadType, payload)));
  return JSON.stringify({
    payloadType,
    payload: toBase64(payload),
    signatures: [{ keyid: kept.keyid, sig: toBase64(signature) }],
  });
}

/** Return the envelope with this key's signature added, for the second person; one who has signed is refused. */
export async function attach(kept, envelopeText) {
  const envelope = JSON.parse(envelopeText);
  if (envelope.signatures.some((signature) => signature.keyid === kept.keyid)) {
    throw new Failure(say("Khóa này đã ký rồi; cần chữ ký của người thứ hai."));
  }
  const mine = JSON.parse(await seal(kept, envelope.payloadType, fromBase64(envelope.payload)));
  return JSON.stringify({
    payloadType: envelope.payloadType,
    payload: envelope.payload,
    signatures: [...envelope.signatures, ...mine.signatures],
  });
}
