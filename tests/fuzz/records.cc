// Bytes from the log: the first byte says as what they are read (each service's ledger record and inbox message, and what the Ledger
// writes itself). What parses is digested, indexed and written again as the same, whatever stands in it; what does not is an error.
#include <google/protobuf/any.pb.h>

#include "carillon/common/v1/error.pb.h"
#include "carillon/ledger/v1/record.pb.h"
#include "carillon/rpc/v1/forward_api.pb.h"
#include "carillon/scheduler/v1/scheduler.pb.h"
#include "common/base/ids.h"
#include "common/ledger/batch.h"
#include "common/ledger/dead_letter.h"
#include "common/ledger/record.h"
#include "tests/fuzz/domains.h"
#include "tests/fuzz/support.h"
#ifdef CARILLON_FUZZ
#include "tests/fuzz/proto_mutator.h"
#endif

namespace carillon::fuzz {
namespace {

constexpr int kShards = 8;

struct Kind {
  const ledger::Proto* prototype;
  const ledger::Domain* domain;  // null: nobody's
  bool record;
};

const std::vector<Kind>& Kinds() {
  static const Domains domains;
  static const std::vector<Kind> kinds = [] {
    std::vector<Kind> out;
    for (const Domains::Service& service : domains.all()) {
      out.push_back({&service.domain->RecordPrototype(), service.domain.get(), true});
      out.push_back({&service.domain->MessagePrototype(), service.domain.get(), false});
    }
    for (const ledger::Proto* prototype : std::initializer_list<const ledger::Proto*>{
             &ledger::v1::Request::default_instance(), &ledger::v1::DeadLetter::default_instance(),
             &scheduler::v1::ControlRecord::default_instance(), &common::v1::ErrorStatus::default_instance(),
             &rpc::v1::SubmitRequest::default_instance()}) {
      out.push_back({prototype, nullptr, false});
    }
    return out;
  }();
  return kinds;
}

void CheckId(const std::string& id) {
  const std::string_view root = RootOf(id);
  CARILLON_CHECK(id.ends_with(root) && RootOf(root) == root, "'{}' has the root '{}'", id, root);
  CARILLON_CHECK(id.starts_with(TypeOf(id)), "'{}' has the type '{}'", id, TypeOf(id));
  const int shard = PartitionOf(root, kShards);
  CARILLON_CHECK(shard >= 0 && shard < kShards, "shard {}", shard);
  if (IsId(id)) CARILLON_CHECK(ledger::IdOfMember(ledger::DueMember(absl::UnixEpoch(), id)) == id, "{}", id);
}

// As the owner reads its ledger when it takes over.
void CheckRecord(const ledger::Domain& domain, const ledger::Proto& record) {
  const ledger::v1::RecordHeader& header = ledger::HeaderOf(record);
  CheckId(header.aggregate_id());
  const std::vector<std::string> names = domain.IndexNames();
  const std::vector<ledger::IndexEntry> entries = domain.Indexes(record);
  for (const ledger::IndexEntry& entry : entries) {
    CARILLON_CHECK(std::find(names.begin(), names.end(), entry.index) != names.end(), "index '{}' is not declared",
                   entry.index);
  }
  // Only such a record is ever written.
  if (ledger::CheckIndexes(header.aggregate_id(), entries).ok()) CheckEntries(domain, record);
  Planted({header.version() == 7, header.has_request(), entries.size() >= 2});
}

// As the owner reads its inbox.
void CheckMessage(const ledger::Domain& domain, std::shared_ptr<const ledger::Proto> message) {
  const ledger::v1::MessageHeader* header = ledger::MessageHeaderOf(*message);
  CARILLON_CHECK(header != nullptr, "{} has no header", message->GetTypeName());
  CheckId(header->to());
  ledger::Input input;
  input.kind = ledger::Input::Kind::kMessage;
  input.aggregate_id = header->to();
  input.envelope = header->envelope();
  input.body = std::move(message);
  const std::vector<std::string> reads = domain.Reads(input);
  CARILLON_CHECK(reads.size() <= 1000, "{} reads for one message", reads.size());
}

// As an operator's list reads the dead letters, whoever wrote them.
void CheckLetter(std::string_view bytes) {
  const auto letter = ledger::ReadDeadLetter(bytes);
  if (!letter.ok()) return;
  const auto again = ledger::ReadDeadLetter(letter->SerializeAsString());
  CARILLON_CHECK(again.ok() && ledger::OriginalKey(*again) == ledger::OriginalKey(*letter), "{}", ToString(again.status()));
}

void Run(const uint8_t* data, size_t size) {
  if (size < 1 || size > ledger::kMessageBytesMax) return;
  const Kind& kind = Kinds()[data[0] % Kinds().size()];
  if (kind.prototype == &ledger::v1::DeadLetter::default_instance()) CheckLetter(Text(data + 1, size - 1));
  const auto parsed = ledger::Parse(*kind.prototype, Text(data + 1, size - 1));
  if (!parsed.ok()) {
    CARILLON_CHECK(parsed.status().code() == Code::kDataLoss, "{}", ToString(parsed.status()));
    return;
  }
  CheckBytes(**parsed);
  if (kind.domain == nullptr) return;
  (void)ledger::TopicName("carillon", **parsed);
  if (kind.record) {
    CheckRecord(*kind.domain, **parsed);
  } else {
    CheckMessage(*kind.domain, *parsed);
  }
}

}  // namespace
}  // namespace carillon::fuzz

#ifdef CARILLON_FUZZ
// Half of the time as bytes, half by the message's fields.
extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t size_max, unsigned seed) {
  using carillon::fuzz::Kinds;
  if (size > 1 && seed % 2 == 0) {
    const auto parsed = carillon::ledger::Parse(*Kinds()[data[0] % Kinds().size()].prototype,
                                                carillon::fuzz::Text(data + 1, size - 1));
    if (parsed.ok()) {
      carillon::fuzz::ProtoMutator(seed).Mutate(parsed->get());
      const std::string bytes = (*parsed)->SerializeAsString();
      if (bytes.size() + 1 <= size_max) {
        std::copy(bytes.begin(), bytes.end(), data + 1);
        return bytes.size() + 1;
      }
    }
  }
  return LLVMFuzzerMutate(data, size, size_max);
}
#endif

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  carillon::fuzz::Run(data, size);
  return 0;
}
