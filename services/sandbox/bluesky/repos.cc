// Repositories: what a PDS does with records and blobs.
#include "services/sandbox/bluesky/cid.h"
#include "services/sandbox/bluesky/errors.h"
#include "services/sandbox/bluesky/names.h"
#include "services/sandbox/bluesky/state.h"
#include "services/sandbox/json_answer.h"
#include "services/sandbox/json_input.h"

namespace carillon::sandbox::bluesky {
namespace {

using nlohmann::json;
using Action = State::Write::Action;

constexpr size_t kRecordBytesMax = 1'000'000;

const char* OperationOf(Action action) {
  return action == Action::kCreate ? "create" : action == Action::kUpdate ? "update" : "delete";
}

std::string UriOf(const Actor& actor, const State::Write& write) {
  return RecordUri(actor.did, write.collection, write.rkey);
}

// What a reaction is to: a post's uri, or an account's DID.
std::string SubjectOf(const json& record) {
  const std::string did = TextAt(record, {"subject"});
  return did.empty() ? TextAt(record, {"subject", "uri"}) : did;
}

}  // namespace

Status State::Prepare(Write* write, std::optional<bool> validate) {
  if (!IsNsid(write->collection)) return Invalid("collection must be a valid nsid");
  write->is_known = IsKnownCollection(write->collection) && validate.value_or(true);
  if (write->rkey.empty()) write->rkey = write->collection == kProfile ? "self" : NextTid();
  if (const Status key = CheckKey(write->collection, write->rkey); !key.ok())
    return Invalid(carillon::Message(key));
  if (write->action == Write::Action::kDelete) return Ok();
  json& value = write->value;
  if (!value.is_object()) return Invalid("record must be an object");
  if (!value.contains("$type")) value["$type"] = write->collection;
  if (validate != false && value["$type"] != write->collection) {
    return Invalid(fmt::format("Invalid $type: expected {}, got {}", write->collection,
                               Dump(value["$type"])));
  }
  if (validate.value_or(false) && !IsKnownCollection(write->collection))
    return Invalid(fmt::format("Lexicon not found: {}", write->collection));
  const auto bytes = EncodeDagCbor(value);
  if (!bytes.ok()) {
    return Invalid(fmt::format("Invalid {} record: {}", write->collection, carillon::Message(bytes.status())));
  }
  if (bytes->size() > kRecordBytesMax) return Invalid("Record is too large");
  write->cid = CidOfCbor(*bytes);
  if (validate == false) {
    write->blobs = BlobsIn(value);
    return Ok();
  }
  auto blobs = CheckRecord(write->collection, value);
  if (!blobs.ok()) return Invalid(carillon::Message(blobs.status()));
  write->blobs = *std::move(blobs);
  return Ok();
}

const Record* State::FindRecord(const Actor& actor, const std::string& collection,
                                const std::string& rkey) const {
  const auto records = actor.repo.collections.find(collection);
  if (records == actor.repo.collections.end()) return nullptr;
  const auto record = records->second.find(rkey);
  return record == records->second.end() ? nullptr : &record->second;
}

const Record* State::FindRecord(const std::string& uri) const {
  const auto parsed = ParseRecordUri(uri);
  if (!parsed) return nullptr;
  const auto actor = actors_.find(parsed->authority);
  if (actor == actors_.end()) return nullptr;
  return FindRecord(actor->second, parsed->collection, parsed->record_key);
}

std::string State::ExistingReaction(const Actor& actor, const Write& write) const {
  const std::string subject = SubjectOf(write.value);
  if (write.collection == kFollow) {
    const auto follow = actor.following.find(subject);
    return follow == actor.following.end() ? "" : follow->second;
  }
  if (write.collection != kLike && write.collection != kRepost) return "";
  const Post* post = FindPost(subject);
  if (post == nullptr) return "";
  const auto& reactions = write.collection == kLike ? post->likes : post->reposts;
  const auto reaction = reactions.find(actor.did);
  return reaction == reactions.end() ? "" : reaction->second;
}

// What the write expects of the record as it is.
Status State::CheckSwap(const Write& write, const Record* current) const {
  if (!write.swap) return Ok();
  const std::optional<std::string>& expected = *write.swap;
  const bool fits = expected.has_value() ? current != nullptr && current->cid == *expected
                                         : current == nullptr;
  if (fits) return Ok();
  return Invalid("Record was at " + (current == nullptr ? "null" : current->cid), "InvalidSwap");
}

Status State::CheckBlobs(const Actor& actor, const Write& write) const {
  for (const BlobUse& use : write.blobs) {
    const auto found = actor.blobs.find(use.cid);
    if (found == actor.blobs.end())
      return Invalid(fmt::format("Could not find blob: {}", use.cid), "BlobNotFound");
    const Blob& blob = found->second;
    if (use.bytes_max > 0 && blob.bytes > use.bytes_max) {
      return Invalid(fmt::format("This file is too large. It is {} bytes but the maximum size is {} bytes.",
                                 blob.bytes, use.bytes_max),
                     "BlobTooLarge");
    }
    if (use.mime != blob.mime) {
      return Invalid(fmt::format("Referenced Mimetype does not match stored blob. Expected: {}, Got: {}",
                                 blob.mime, use.mime),
                     "InvalidMimeType");
    }
    if (use.bytes != blob.bytes) {
      return Invalid(fmt::format("Referenced Size does not match stored blob. Expected: {}, Got: {}",
                                 blob.bytes, use.bytes),
                     "InvalidSize");
    }
    if (!MimeMatches(use.mime, use.accept)) {
      return Invalid(fmt::format("Wrong type of file. It is {} but it must match {}.", use.mime,
                                 use.accept),
                     "InvalidMimeType");
    }
  }
  return Ok();
}

Result<State::Commit> State::Apply(Actor* actor, const std::vector<Write>& writes,
                                   const std::optional<std::string>& swap_commit) {
  if (swap_commit && *swap_commit != actor->repo.commit)
    return Invalid("Commit was at " + actor->repo.commit, "InvalidSwap");
  std::map<std::pair<std::string, std::string>, bool> there;  // as the batch goes on
  for (const Write& write : writes) {
    const Record* current = FindRecord(*actor, write.collection, write.rkey);
    RETURN_IF_ERROR(CheckSwap(write, current));
    bool& exists = there.try_emplace({write.collection, write.rkey}, current != nullptr).first->second;
    // The tree of the repository refuses these, and its server says no more than 500.
    if (exists == (write.action == Write::Action::kCreate)) return Internal();
    exists = write.action != Write::Action::kDelete;
    RETURN_IF_ERROR(CheckBlobs(*actor, write));
  }
  const auto created = static_cast<size_t>(
      std::count_if(writes.begin(), writes.end(),
                    [](const Write& write) { return write.action == Write::Action::kCreate; }));
  // Deleted posts stay, for the ground truth.
  if (created > 0 && std::max(records_, posts_.size()) + created > limits_.records_max)
    return Full();
  const std::string rev = NextTid();
  json operations = json::array();
  for (const Write& write : writes) {
    operations.push_back({OperationOf(write.action), UriOf(*actor, write), write.cid});
    ApplyOne(actor, write, rev);
  }
  actor->repo.rev = rev;
  const json commit = {{"version", 3},
                       {"did", actor->did},
                       {"rev", rev},
                       {"prev", actor->repo.commit},
                       {"operations", std::move(operations)}};
  actor->repo.commit = CidOfRecord(commit).value_or("");
  return Commit{actor->repo.commit, rev};
}

void State::ApplyOne(Actor* actor, const Write& write, const std::string& rev) {
  const std::string uri = UriOf(*actor, write);
  auto& records = actor->repo.collections[write.collection];
  json event = {{"rev", rev},
                {"operation", OperationOf(write.action)},
                {"collection", write.collection},
                {"rkey", write.rkey}};
  if (write.action == Write::Action::kDelete) {
    const auto record = records.find(write.rkey);
    Unindex(actor, uri, write.collection, record->second);
    records.erase(record);
    if (records.empty()) actor->repo.collections.erase(write.collection);
    --records_;
  } else {
    Record& record = records[write.rkey];
    const bool is_edit = write.action == Write::Action::kUpdate;
    if (!is_edit) ++records_;
    // An edited post is the same post; an edited reaction may be one to something else.
    if (is_edit && write.collection != kPost) Unindex(actor, uri, write.collection, record);
    record.cid = write.cid;
    record.value = std::make_shared<const std::string>(Dump(write.value));
    record.indexed_at = Now();
    event["cid"] = write.cid;
    event["record"] = write.value;
    Index(actor, uri, write.collection, record);
  }
  firehose_->Append(actor->did, "commit", write.collection, std::move(event));
}

Status State::AddBlob(Actor* actor, const std::string& cid, const std::string& mime,
                      std::shared_ptr<const std::string> content) {
  const auto size = static_cast<int64_t>(content->size());
  const auto [blob, is_new] = actor->blobs.try_emplace(cid);
  if (is_new && ++blobs_ > limits_.blobs_max) {
    actor->blobs.erase(blob);
    --blobs_;
    return Full();
  }
  if (is_new) {
    blob->second.mime = mime;
    blob->second.bytes = size;
  }
  if (blob->second.content != nullptr || size > limits_.blob_bytes_max) return Ok();
  blob->second.content = std::move(content);
  blob_bytes_ += size;
  blobs_by_age_.emplace_back(actor->did, cid);
  while (blob_bytes_ > limits_.blob_bytes_max) {
    const auto& [did, oldest] = blobs_by_age_.front();
    Blob& gone = actors_.at(did).blobs.at(oldest);
    blob_bytes_ -= gone.bytes;
    gone.content.reset();
    blobs_by_age_.pop_front();
  }
  return Ok();
}

}  // namespace carillon::sandbox::bluesky
