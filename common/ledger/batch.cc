#include "common/ledger/batch.h"

#include <fmt/format.h>
#include <google/protobuf/arena.h>

#include <array>

#include "common/base/check.h"
#include "common/base/ids.h"
#include "common/base/planted.h"
#include "common/ledger/record.h"

namespace carillon::ledger {
namespace {

Status ReusedRequestId(const Input& input) {
  return Refuse(Code::kInvalidArgument, "REQUEST_ID_REUSED",
                fmt::format("request_id '{}' was used for another command; take a new one",
                            input.envelope.request_id()),
                {{"request_id", input.envelope.request_id()}});
}

Status TooLarge(const std::string& id, size_t size, size_t size_max) {
  return Refuse(Code::kInvalidArgument, "AGGREGATE_TOO_LARGE",
                fmt::format("{} would have {} bytes, more than the {} that are allowed", id, size,
                            size_max),
                {{"id", id}, {"bytes", std::to_string(size)}});
}

// Serializing takes any bytes for a text, parsing takes UTF-8 alone. On an arena: each record is read back, and almost all of that would be
// memory asked for and given back.
Status CheckReadable(const std::string& id, const Proto& written, const std::string& bytes) {
  thread_local std::array<char, 32 << 10> block;
  google::protobuf::ArenaOptions options;
  options.initial_block = block.data();
  options.initial_block_size = block.size();
  google::protobuf::Arena arena(options);
  if (written.New(&arena)->ParseFromString(bytes)) return Ok();
  return Refuse(Code::kInvalidArgument, "BAD_UTF8",
                fmt::format("a text of {} is not valid UTF-8", id), {{"id", id}});
}

v1::Request RequestOf(const Input& input) {
  v1::Request request;
  if (input.kind != Input::Kind::kCommand || input.envelope.request_id().empty()) return request;
  request.set_key(HashText({input.envelope.org_id(), input.envelope.request_id()}));
  request.set_digest(input.request_digest.empty() && input.body ? DigestOf(*input.body)
                                                                : input.request_digest);
  return request;
}

}  // namespace

Result<ProtoPtr> Batch::Find(std::string_view id) {
  if (auto it = overlay_.find(id); it != overlay_.end()) return it->second;
  return source_.Find(id);
}

Result<std::optional<v1::Request>> Batch::FindRequest(const std::string& key) {
  if (auto it = requests_.find(key); it != requests_.end()) {
    return std::optional<v1::Request>(it->second);
  }
  return source_.FindRequest(key);
}

Result<std::optional<Batch::Outcome>> Batch::Repeated(const Input& input,
                                                      const v1::Request& request) {
  if (request.key().empty()) return std::nullopt;
  ASSIGN_OR_RETURN(std::optional<v1::Request> known, FindRequest(request.key()));
  if (!known && input.creates) {
    ASSIGN_OR_RETURN(const ProtoPtr record, Find(input.aggregate_id));
    if (record != nullptr && HeaderOf(*record).created_by().key() == request.key()) {
      known = HeaderOf(*record).created_by();
    }
  }
  if (!known) return std::nullopt;
  if (known->digest() != request.digest()) return ReusedRequestId(input);
  ASSIGN_OR_RETURN(const ProtoPtr record,
                   Find(known->answer_id().empty() ? input.aggregate_id : known->answer_id()));
  return std::optional<Outcome>(Outcome{Ok(), record, /*repeated=*/true, /*changed=*/false});
}

Batch::Outcome Batch::Add(const Input& input) {
  if (input.body == nullptr && input.kind != Input::Kind::kDue) {
    return {Refuse(Code::kInvalidArgument, "NO_BODY", "a command or message without a body"), nullptr};
  }
  const v1::Request request = RequestOf(input);
  auto repeated = IsPlanted(Planted::kNoRequestId) ? Result<std::optional<Outcome>>(std::nullopt)
                                                   : Repeated(input, request);
  if (!repeated.ok()) return {repeated.status(), nullptr};
  if (repeated->has_value() && !IsPlanted(Planted::kRequestIdAfterDecide)) return **repeated;
  Result<Decision> decision = domain_.Decide(input, *this, context_);
  if (!decision.ok()) return {decision.status(), nullptr};
  if (repeated->has_value()) return **repeated;
  Outcome outcome;
  outcome.status = Stage(input, request, *std::move(decision), &outcome);
  return outcome;
}

Status Batch::CheckRecord(const Change& change, const std::string& bytes) const {
  const std::string& id = change.aggregate_id;
  if (bytes.size() > kAggregateBytesMax) return TooLarge(id, bytes.size(), kAggregateBytesMax);
  if (context_.shards > 0 && PartitionOf(RootOf(id), context_.shards) != context_.shard) {
    return Refuse(Code::kInvalidArgument, "WRONG_SHARD",
                  fmt::format("{} does not belong to shard {}", id, context_.shard), {{"id", id}});
  }
  RETURN_IF_ERROR(CheckReadable(id, *change.record, bytes));
  return CheckIndexes(id, domain_.Indexes(*change.record));
}

Status Batch::FillMessage(const Input& input, OutMessage* message) const {
  if (message->id.empty() || message->to.empty()) {
    return Refuse(Code::kInvalidArgument, "NO_ADDRESS",
                  fmt::format("the {} that would follow has no id or no receiver",
                              message->body->GetTypeName()));
  }
  if (auto* header = MutableMessageHeaderOf(message->body.get())) {
    header->set_message_id(message->id);
    header->set_to(message->to);
    header->set_from_aggregate(message->from_aggregate.empty() ? input.aggregate_id
                                                               : message->from_aggregate);
    *header->mutable_envelope() = input.envelope;
    header->mutable_envelope()->set_causation_id(input.envelope.request_id());
  }
  const std::string bytes = message->body->SerializeAsString();
  if (bytes.size() > kMessageBytesMax) return TooLarge(message->to, bytes.size(), kMessageBytesMax);
  return CheckReadable(message->to, *message->body, bytes);
}

Status Batch::Stage(const Input& input, const v1::Request& request, Decision decision,
                    Outcome* outcome) {
  const std::string answer_id =
      decision.answer_id.empty() ? input.aggregate_id : decision.answer_id;
  if (decision.changes.empty() && !request.key().empty()) {
    // An OK without change is committed too, so that its request_id is remembered.
    ASSIGN_OR_RETURN(const ProtoPtr record, Find(answer_id));
    if (record != nullptr) {
      std::shared_ptr<Proto> copy(record->New());
      copy->CopyFrom(*record);
      decision.changes.push_back({answer_id, "unchanged", std::move(copy)});
    }
  }
  std::vector<LedgerRecord> staged;
  std::map<std::string, ProtoPtr> states;
  for (Change& change : decision.changes) {
    ProtoPtr before;
    if (auto it = states.find(change.aggregate_id); it != states.end()) {
      before = it->second;
    } else {
      ASSIGN_OR_RETURN(before, Find(change.aggregate_id));
    }
    v1::RecordHeader* header = MutableHeaderOf(change.record.get());
    header->Clear();
    header->set_aggregate_id(change.aggregate_id);
    header->set_version(before ? HeaderOf(*before).version() + 1 : 1);
    header->set_change(change.what);
    *header->mutable_envelope() = input.envelope;
    header->set_inbox_next(inbox_next_);
    if (before) *header->mutable_created_by() = HeaderOf(*before).created_by();
    if (!request.key().empty()) {
      v1::Request remembered = request;
      remembered.set_answer_id(answer_id);
      if (staged.empty()) *header->mutable_request() = remembered;
      if (!before && input.creates && change.aggregate_id == input.aggregate_id) {
        *header->mutable_created_by() = remembered;
      }
    }
    std::string bytes = change.record->SerializeAsString();
    RETURN_IF_ERROR(CheckRecord(change, bytes));
    states[change.aggregate_id] = change.record;
    staged.push_back({change.aggregate_id, change.record, std::move(bytes)});
  }
  for (OutMessage& message : decision.messages) RETURN_IF_ERROR(FillMessage(input, &message));
  // Nothing below can fail: the input is in the batch as a whole or not at all.
  outcome->changed =
      !staged.empty() || !decision.messages.empty() || !decision.effects.empty();
  for (auto& [id, record] : states) overlay_[id] = record;
  if (!request.key().empty() && !staged.empty()) {
    v1::Request remembered = request;
    remembered.set_answer_id(answer_id);
    requests_[request.key()] = remembered;
  }
  for (LedgerRecord& record : staged) {
    bytes_ += record.bytes.size();
    records_.push_back(std::move(record));
  }
  for (OutMessage& message : decision.messages) messages_.push_back(std::move(message));
  for (auto& effect : decision.effects) effects_.push_back(std::move(effect));
  auto answer = Find(answer_id);
  if (answer.ok()) outcome->record = *answer;
  return Ok();
}

}  // namespace carillon::ledger
