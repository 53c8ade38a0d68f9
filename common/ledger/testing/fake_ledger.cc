#include "common/ledger/testing/fake_ledger.h"

#include "common/base/check.h"
#include "common/base/ids.h"
#include "common/ledger/paging.h"
#include "common/ledger/record.h"

namespace carillon::ledger::testing {

Answer FakeLedger::Command(const std::string& org_id, const std::string& request_id,
                           const std::string& aggregate_id, const Proto& body, bool creates) {
  Input input;
  input.aggregate_id = aggregate_id;
  std::shared_ptr<Proto> copy(body.New());
  copy->CopyFrom(body);
  input.body = std::move(copy);
  input.creates = creates;
  input.envelope.set_org_id(org_id);
  input.envelope.set_request_id(request_id);
  input.envelope.mutable_actor()->set_kind(common::v1::ACTOR_KIND_USER);
  input.envelope.mutable_actor()->set_id("tester");
  Answer out;
  Submit(std::move(input), absl::InfiniteFuture(), [&](Answer answer) { out = std::move(answer); });
  return out;
}

bool FakeLedger::Deliver(const Proto& message) {
  std::lock_guard lock(mutex_);
  const v1::MessageHeader* header = MessageHeaderOf(message);
  CARILLON_CHECK(header != nullptr, "{} has no MessageHeader", message.GetTypeName());
  Input input;
  input.kind = Input::Kind::kMessage;
  input.aggregate_id = header->to();
  input.envelope = header->envelope();
  std::shared_ptr<Proto> copy(message.New());
  copy->CopyFrom(message);
  input.body = std::move(copy);
  last_status_ = Decide(input).status;
  return last_status_.ok();
}

int FakeLedger::RunDue(int rounds_max) {
  std::lock_guard lock(mutex_);
  int changed = 0;
  std::set<std::string> waiting;  // decided without a change: asked again in a later call
  for (int round = 0; round < rounds_max; ++round) {
    std::vector<std::string> due;
    const std::string now = TimeKey(clock_.Now());
    for (const std::string& member : indexes_["due"]) {
      if (member.substr(0, now.size()) > now) break;
      std::string id(IdOfMember(member));
      if (!waiting.contains(id)) due.push_back(std::move(id));
    }
    if (due.empty()) break;
    for (const std::string& id : due) {
      Input input;
      input.kind = Input::Kind::kDue;
      input.aggregate_id = id;
      const Batch::Outcome outcome = Decide(input);
      if (!outcome.status.ok()) last_status_ = outcome.status;
      if (outcome.status.ok() && outcome.changed) {
        ++changed;
      } else {
        waiting.insert(id);
      }
    }
  }
  return changed;
}

std::vector<OutMessage> FakeLedger::TakeMessages() {
  std::lock_guard lock(mutex_);
  return std::exchange(messages_, {});
}

void FakeLedger::Submit(Input input, absl::Time, AnswerCallback done) {
  Answer answer;
  {
    std::lock_guard lock(mutex_);
    if (!owned_) {
      answer.status = Refuse(Code::kUnavailable, "NOT_OWNER", "another process serves this shard");
    } else if (!fail_.ok()) {
      answer.status = fail_;
    } else {
      Batch::Outcome outcome = Decide(input);
      answer.status = outcome.status;
      answer.record = outcome.record;
      answer.repeated = outcome.repeated;
      answer.position = {0, static_cast<int64_t>(log_.size())};
    }
    last_status_ = answer.status;
  }
  done(std::move(answer));
}

void FakeLedger::Get(std::string id, absl::Time, AnswerCallback done) {
  Answer answer;
  {
    std::lock_guard lock(mutex_);
    if (!owned_) {
      answer.status = Refuse(Code::kUnavailable, "NOT_OWNER", "another process serves this shard");
    } else if (auto it = states_.find(id); it != states_.end()) {
      answer.record = it->second;
    }
  }
  done(std::move(answer));
}

Result<ProtoPtr> FakeLedger::Get(std::string_view id) {
  std::lock_guard lock(mutex_);
  return Find(id);
}

Result<std::vector<ProtoPtr>> FakeLedger::GetMany(const std::vector<std::string>& ids) {
  std::lock_guard lock(mutex_);
  std::vector<ProtoPtr> out;
  for (const std::string& id : ids) out.push_back(*Find(id));
  return out;
}

Result<Page> FakeLedger::List(const ListQuery& query) {
  std::lock_guard lock(mutex_);
  ASSIGN_OR_RETURN(const int size, PageSize(query.page_size));
  ASSIGN_OR_RETURN(const std::string after, ReadPageToken(query));
  const LexRange range = RangeOf(query, after);
  std::vector<std::string> members;
  for (const std::string& member : indexes_[query.index]) {
    const bool above = range.low[0] == '[' ? member >= range.low.substr(1)
                                           : member > range.low.substr(1);
    if (above && member < range.high.substr(1)) members.push_back(member);
  }
  if (query.descending) std::reverse(members.begin(), members.end());
  Page page;
  for (size_t i = 0; i < members.size(); ++i) {
    ProtoPtr record = *Find(IdOfMember(members[i]));
    if (query.keep && !query.keep(*record)) continue;
    page.records.push_back(std::move(record));
    if (static_cast<int>(page.records.size()) == size) {
      if (i + 1 < members.size()) page.next_page_token = MakePageToken(query, members[i]);
      break;
    }
  }
  return page;
}

Status FakeLedger::Each(const ListQuery& query, const std::function<Status(const Proto&)>& take) {
  ListQuery paged = query;
  paged.page_size = kPageSizeMax;
  paged.descending = false;
  paged.page_token.clear();
  do {
    ASSIGN_OR_RETURN(const Page page, List(paged));
    for (const ProtoPtr& record : page.records) RETURN_IF_ERROR(take(*record));
    paged.page_token = page.next_page_token;
  } while (!paged.page_token.empty());
  return Ok();
}

Result<int64_t> FakeLedger::Count(std::string_view index, std::string_view prefix) {
  std::lock_guard lock(mutex_);
  int64_t count = 0;
  for (const std::string& member : indexes_[std::string(index)]) {
    if (member.compare(0, prefix.size(), prefix) == 0) ++count;
  }
  return count;
}

Result<std::optional<std::string>> FakeLedger::First(std::string_view index) {
  std::lock_guard lock(mutex_);
  const auto& members = indexes_[std::string(index)];
  if (members.empty()) return std::nullopt;
  return std::optional<std::string>(*members.begin());
}

Result<ProtoPtr> FakeLedger::Find(std::string_view id) {
  const auto it = states_.find(id);
  return it == states_.end() ? ProtoPtr() : it->second;
}

Result<std::optional<v1::Request>> FakeLedger::FindRequest(const std::string& key) {
  const auto it = requests_.find(key);
  if (it == requests_.end()) return std::nullopt;
  return std::optional<v1::Request>(it->second);
}

Batch::Outcome FakeLedger::Decide(const Input& input) {
  const int shard = PartitionOf(RootOf(input.aggregate_id), shards_);
  Batch batch(domain_, *this, DecideContext{clock_.Now(), shard, shards_, restored_until_});
  Batch::Outcome outcome = batch.Add(input);
  if (outcome.status.ok()) Commit(batch);
  return outcome;
}

void FakeLedger::Commit(const Batch& batch) {
  for (const LedgerRecord& item : batch.records()) {
    // Through bytes, as the real log does.
    ProtoPtr record = *Parse(domain_.RecordPrototype(), item.bytes);
    for (const IndexEntry& entry : entries_[item.id]) indexes_[entry.index].erase(entry.member);
    const std::vector<std::string> names = domain_.IndexNames();
    std::vector<IndexEntry> entries = domain_.Indexes(*record);
    for (const IndexEntry& entry : entries) {
      CARILLON_CHECK(std::find(names.begin(), names.end(), entry.index) != names.end(),
                     "index '{}' is not in IndexNames()", entry.index);
      CARILLON_CHECK(IdOfMember(entry.member) == item.id, "member '{}' does not end with |{}",
                     entry.member, item.id);
      indexes_[entry.index].insert(entry.member);
    }
    entries_[item.id] = std::move(entries);
    const v1::RecordHeader& header = HeaderOf(*record);
    if (header.has_request()) requests_[header.request().key()] = header.request();
    states_[item.id] = record;
    log_.push_back(std::move(record));
  }
  const std::vector<const Proto*> sends = domain_.Sends();
  for (const OutMessage& message : batch.messages()) {
    const auto* type = message.body->GetDescriptor();
    const bool declared =
        type == domain_.MessagePrototype().GetDescriptor() ||
        std::any_of(sends.begin(), sends.end(),
                    [type](const Proto* sent) { return sent->GetDescriptor() == type; });
    CARILLON_CHECK(declared, "{} is sent but not in Domain::Sends()", type->full_name());
    OutMessage copy = message;
    copy.body.reset(message.body->New());
    copy.body->CopyFrom(*message.body);
    messages_.push_back(std::move(copy));
  }
  if (effects_ != nullptr) {
    for (const auto& effect : batch.effects()) effects_->Run(effect);
  }
}

}  // namespace carillon::ledger::testing
