// client.mjs - the npm client against `kith serve`: node client.mjs PORT. Ends with an error where something is not as Chroma has it.
import assert from "node:assert/strict";
import { ChromaClient, AdminClient } from "chromadb";

const where = { host: "127.0.0.1", port: Number(process.argv[2]), ssl: false };
const client = new ChromaClient(where);
const wordless = null; // no embedding function: vectors are given

assert.match(await client.version(), /^[0-9]+\.[0-9]+\.[0-9]+$/);
assert.ok((await client.heartbeat()) > 0);
assert.deepEqual(await client.listCollections(), []);

const notes = await client.createCollection({
    name: "notes", embeddingFunction: wordless, metadata: { purpose: "test" },
});
await assert.rejects(client.createCollection({ name: "notes", embeddingFunction: wordless }), { name: "ChromaUniqueError" });
await assert.rejects(client.getCollection({ name: "nothing" }), { name: "ChromaNotFoundError" });
await assert.rejects(client.createCollection({ name: "no", embeddingFunction: wordless }), { name: "ChromaClientError" });

await notes.add({
    ids: ["a", "b", "c"], embeddings: [[1, 0], [0, 1], [1, 1]], documents: ["red fox", "green tree", "red tree"],
    metadatas: [{ n: 1, tags: ["x"] }, { n: 2.5 }, { n: 3, ok: true }],
});
assert.equal(await notes.count(), 3);
const got = await notes.get({ where: { n: { $gt: 1 } }, include: ["documents", "metadatas", "embeddings"] });
assert.deepEqual(got.ids, ["b", "c"]);
assert.deepEqual(got.metadatas[1], { n: 3, ok: true });
assert.deepEqual(got.embeddings, [[0, 1], [1, 1]]);
const found = await notes.query({ queryEmbeddings: [[1, 0.1]], nResults: 2, whereDocument: { $contains: "red" } });
assert.deepEqual(found.ids, [["a", "c"]]);
assert.ok(Math.abs(found.distances[0][0] - 0.01) < 1e-5);
await notes.upsert({ ids: ["a", "d"], embeddings: [[2, 0], [3, 3]], metadatas: [{ m: 1 }, { m: 2 }] });
await notes.update({ ids: ["b"], metadatas: [{ z: "text" }] });
assert.deepEqual((await notes.get({ ids: ["a", "b"] })).metadatas, [{ n: 1, tags: ["x"], m: 1 }, { n: 2.5, z: "text" }]);
assert.deepEqual((await notes.peek({ limit: 2 })).ids, ["a", "b"]);
await assert.rejects(notes.query({ queryEmbeddings: [[1, 2, 3]] }), { name: "ChromaClientError" });
await notes.delete({ where: { m: 2 } });
assert.equal(await notes.count(), 3);
await notes.modify({ name: "renamed", metadata: { changed: true } });
assert.deepEqual((await client.getCollection({ name: "renamed" })).metadata, { changed: true });
assert.equal(await client.countCollections(), 1);
const fork = await notes.fork({ name: "forked" });
assert.equal(await fork.count(), 3);

const admin = new AdminClient(where);
await admin.createTenant({ name: "shop" });
await admin.createDatabase({ name: "orders", tenant: "shop" });
assert.equal((await admin.listDatabases({ tenant: "shop" })).length, 1);
const other = new ChromaClient({ ...where, tenant: "shop", database: "orders" });
assert.equal(await other.countCollections(), 0);
await admin.deleteDatabase({ name: "orders", tenant: "shop" });
await client.deleteCollection({ name: "renamed" });
assert.equal(await client.countCollections(), 1);
console.log("all is as Chroma has it");
