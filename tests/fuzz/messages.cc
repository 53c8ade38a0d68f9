// Inbox messages and commands through the five domains (case.proto), over the Ledger in memory: what one service sends, the others get,
// and what a send or a poll would report comes from the case. After each step the log holds: versions count up by one, records can be read
// again, index entries are well formed, what is sent can be read and has an address, an attempt is started once. The same case twice
// gives the same log.
#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/text_format.h>

#include <map>
#include <set>

#include "carillon/ledger/v1/record.pb.h"
#include "common/base/ids.h"
#include "common/base/testing/fake_clock.h"
#include "common/ledger/record.h"
#include "common/ledger/testing/fake_ledger.h"
#include "services/publisher/domain/effects.h"
#include "tests/fuzz/case.pb.h"
#include "tests/fuzz/domains.h"
#include "tests/fuzz/support.h"
#ifdef CARILLON_FUZZ
#include "tests/fuzz/proto_mutator.h"
#endif

namespace carillon::fuzz {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using Ledger = ledger::testing::FakeLedger;

constexpr size_t kInputBytesMax = 64 * 1024;
constexpr int kStepsMax = 24;
constexpr int kDeliveriesMax = 200;  // of messages between services, a step
constexpr int kShards = 8;

const Domains& TheDomains() {
  static const Domains domains;
  return domains;
}

// Sends and look-ups, as (delivery, attempt, look-up): each is started once.
class Effects : public ledger::EffectRunner {
 public:
  void Run(std::shared_ptr<const ledger::Effect> effect) override {
    if (const auto* send = dynamic_cast<const publisher::SendJob*>(effect.get())) {
      const bool first = sends_.emplace(send->delivery.id(), send->attempt).second;
      CARILLON_CHECK(first, "attempt {} of {} is started twice", send->attempt, send->delivery.id());
    }
  }
  bool any() const { return !sends_.empty(); }

 private:
  std::set<std::pair<std::string, int>> sends_;
};

class World {
 public:
  World() {
    for (const Domains::Service& service : TheDomains().all()) {
      ledgers_.emplace(service.name, std::make_unique<Ledger>(*service.domain, clock_, &effects_, kShards));
      order_.push_back(service.name);
    }
  }

  void Do(Step step) {
    Resolve(&step);
    clock_.Advance(absl::Seconds(step.advance_s()));
    Give(step);
    Settle();
    if (step.advance_s() > 0) {
      for (auto& [name, each] : ledgers_) each->RunDue(4);
      Settle();
    }
    for (const Domains::Service& service : TheDomains().all()) CheckLog(service);
  }

  std::string LogBytes() const {
    std::string out;
    for (const auto& [name, each] : ledgers_) {
      for (const ledger::ProtoPtr& record : each->log()) out += ledger::StableBytes(*record);
    }
    return out;
  }
  size_t Records(const std::string& service) const { return ledgers_.at(service)->log().size(); }
  bool sent() const { return effects_.any(); }

 private:
  // "@3": the fourth aggregate, by name.
  void Resolve(Message* message) {
    std::vector<const FieldDescriptor*> fields;
    const auto* reflection = message->GetReflection();
    reflection->ListFields(*message, &fields);
    for (const FieldDescriptor* field : fields) {
      const int count = field->is_repeated() ? reflection->FieldSize(*message, field) : 1;
      for (int i = 0; i < count && !field->is_map(); ++i) {
        if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
          Resolve(field->is_repeated() ? reflection->MutableRepeatedMessage(message, field, i)
                                       : reflection->MutableMessage(message, field));
        } else if (field->type() == FieldDescriptor::TYPE_STRING) {
          const std::string text = field->is_repeated() ? reflection->GetRepeatedString(*message, field, i)
                                                        : reflection->GetString(*message, field);
          if (text.size() < 2 || text.size() > 3 || text[0] != '@' || ids_.empty()) continue;
          const std::string& id = ids_[static_cast<size_t>(std::atoi(text.c_str() + 1)) % ids_.size()];
          if (field->is_repeated()) {
            reflection->SetRepeatedString(message, field, i, id);
          } else {
            reflection->SetString(message, field, id);
          }
        }
      }
    }
  }

  void Give(const Step& step) {
    const auto* oneof = Step::descriptor()->FindOneofByName("input");
    const FieldDescriptor* field = Step::GetReflection()->GetOneofFieldDescriptor(step, oneof);
    if (field == nullptr) return;
    if (step.input_case() == Step::kNothingFor) {
      const auto found = ledgers_.find(step.nothing_for());
      if (found != ledgers_.end()) Command(*found->second, step, nullptr);
      return;
    }
    const Message& body = Step::GetReflection()->GetMessage(step, field);
    Ledger& to = LedgerOf(body);
    if (ledger::MessageHeaderOf(body) != nullptr) {
      Deliver(to, body);
    } else {
      Command(to, step, &body);
    }
  }

  // By the package: carillon.scheduler.v1.SchedulerMessage.
  Ledger& LedgerOf(const Message& body) {
    const std::vector<std::string> parts = Split(body.GetDescriptor()->full_name(), '.');
    const auto found = ledgers_.find(parts[1]);
    CARILLON_CHECK(found != ledgers_.end(), "nobody takes a {}", body.GetTypeName());
    return *found->second;
  }

  void Command(Ledger& to, const Step& step, const Message* body) {
    ledger::Input input;
    input.aggregate_id = step.to();
    if (body != nullptr) {
      std::shared_ptr<Message> copy(body->New());
      copy->CopyFrom(*body);
      input.body = std::move(copy);
    }
    input.creates = step.creates();
    input.envelope.set_org_id(step.org_id());
    input.envelope.set_request_id(step.request_id());
    input.envelope.mutable_actor()->set_id("ann");
    to.Submit(std::move(input), absl::InfiniteFuture(), [](const ledger::Answer& answer) { CheckAnswer(answer.status); });
  }

  void Deliver(Ledger& to, const Message& message) {
    if (!to.Deliver(message)) CheckAnswer(to.last_status());
  }

  // No state is out of reach here, so that each error is a refusal with a reason and a word.
  static void CheckAnswer(const Status& status) {
    CARILLON_CHECK(status.ok() || (!ReasonOf(status).empty() && !carillon::Message(status).empty()), "an error without a reason: {}",
                   ToString(status));
  }

  // Hands messages on until nobody sends, or long enough.
  void Settle() {
    int delivered = 0;
    for (bool more = true; more && delivered < kDeliveriesMax;) {
      more = false;
      for (const std::string& name : order_) {
        for (const ledger::OutMessage& message : ledgers_[name]->TakeMessages()) {
          more = true;
          CheckBytes(*message.body);
          CARILLON_CHECK(!message.to.empty() && !message.id.empty(), "a {} from {} without an address or id",
                         message.body->GetTypeName(), name);
          const bool inbox = IsInboxOf(*message.body);
          if (inbox && ++delivered <= kDeliveriesMax) Deliver(LedgerOf(*message.body), *message.body);
        }
      }
    }
  }

  static bool IsInboxOf(const Message& body) {
    for (const Domains::Service& service : TheDomains().all()) {
      if (service.domain->MessagePrototype().GetDescriptor() == body.GetDescriptor()) return true;
    }
    return false;
  }

  void CheckLog(const Domains::Service& service) {
    const std::vector<ledger::ProtoPtr>& log = ledgers_.at(service.name)->log();
    size_t& seen = seen_[service.name];
    for (; seen < log.size(); ++seen) {
      const ledger::v1::RecordHeader& header = ledger::HeaderOf(*log[seen]);
      uint64_t& version = versions_[service.name + header.aggregate_id()];
      CARILLON_CHECK(header.version() == version + 1, "{} goes from version {} to {}", header.aggregate_id(), version,
                     header.version());
      if (version == 0 && ids_.size() < 100) ids_.push_back(header.aggregate_id());
      version = header.version();
      CARILLON_CHECK(!header.change().empty(), "a change of {} without a name", header.aggregate_id());
      // FakeLedger keeps what it parsed from the record's bytes, and ends the process where they cannot be parsed.
      CheckEntries(*service.domain, *log[seen]);
    }
  }

  carillon::testing::FakeClock clock_;
  Effects effects_;
  std::map<std::string, std::unique_ptr<Ledger>> ledgers_;
  std::vector<std::string> order_;
  std::map<std::string, size_t> seen_;
  std::map<std::string, uint64_t> versions_;
  std::vector<std::string> ids_;
};

struct Silent : google::protobuf::io::ErrorCollector {
  void AddError(int, int, const std::string&) override {}
};

bool ReadCase(std::string_view text, Case* out) {
  google::protobuf::TextFormat::Parser parser;
  Silent silent;
  parser.RecordErrorsTo(&silent);
  parser.SetRecursionLimit(30);
  return parser.ParseFromString(std::string(text), out);
}

void Run(std::string_view text) {
  Case the_case;
  if (text.size() > kInputBytesMax || !ReadCase(text, &the_case)) return;
  if (the_case.steps_size() > kStepsMax) return;
  World world;
  for (const Step& step : the_case.steps()) world.Do(step);
  if (text.size() % 4 == 0) {  // it costs as much again
    World again;
    for (const Step& step : the_case.steps()) again.Do(step);
    CARILLON_CHECK(world.LogBytes() == again.LogBytes(), "the same inputs give another log");
  }
  if (world.sent() && world.Records("scheduler") >= 3) {
    for (const Step& step : the_case.steps()) Planted({step.advance_s() % 16 == 5});
  }
}

}  // namespace
}  // namespace carillon::fuzz

#ifdef CARILLON_FUZZ
namespace carillon::fuzz {
namespace {

size_t Write(const Case& the_case, uint8_t* data, size_t size_max) {
  std::string text;
  google::protobuf::TextFormat::PrintToString(the_case, &text);
  if (text.size() > size_max) return 0;
  std::copy(text.begin(), text.end(), data);
  return text.size();
}

}  // namespace
}  // namespace carillon::fuzz

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t size_max, unsigned seed) {
  using namespace carillon::fuzz;
  Case the_case;
  ReadCase(Text(data, size), &the_case);
  if (the_case.steps_size() == 0) the_case.add_steps();
  ProtoMutator(seed).Mutate(&the_case);
  const size_t written = Write(the_case, data, size_max);
  return written == 0 ? size : written;
}

// Steps of one, then steps of the other.
extern "C" size_t LLVMFuzzerCustomCrossOver(const uint8_t* one, size_t one_size, const uint8_t* other, size_t other_size,
                                            uint8_t* out, size_t size_max, unsigned seed) {
  using namespace carillon::fuzz;
  Case head, tail;
  if (!ReadCase(Text(one, one_size), &head) || !ReadCase(Text(other, other_size), &tail)) return 0;
  std::mt19937 random(seed);
  const int keep = head.steps_size() == 0 ? 0 : static_cast<int>(random() % (head.steps_size() + 1));
  head.mutable_steps()->DeleteSubrange(keep, head.steps_size() - keep);
  const int from = tail.steps_size() == 0 ? 0 : static_cast<int>(random() % tail.steps_size());
  for (int i = from; i < tail.steps_size() && head.steps_size() < kStepsMax; ++i) *head.add_steps() = tail.steps(i);
  return Write(head, out, size_max);
}
#endif

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  carillon::fuzz::Run(carillon::fuzz::Text(data, size));
  return 0;
}
