#include "tests/simulation/clients.h"

#include <fmt/format.h>

#include "carillon/listener/v1/listener_api.pb.h"
#include "carillon/publisher/v1/internal.pb.h"
#include "common/base/ids.h"
#include "common/content/content.h"
#include "common/ledger/record.h"
#include "common/localtime/local_time.h"
#include "services/listener/domain/ids.h"
#include "services/scheduler/domain/records.h"

namespace carillon::simulation {
namespace {

constexpr char kOrg[] = "org_sim";
constexpr char kBrand[] = "brand_sim";
constexpr absl::Duration kDeadline = absl::Seconds(4);
constexpr absl::Duration kPatience = absl::Seconds(6);  // then the connection counts as broken
constexpr int kTriesMany = 2000;
constexpr absl::Duration kDueWithin = absl::Seconds(100);

// True if the same request has to be asked again: nothing is known, or it was refused for the moment.
bool AskAgain(const Status& status) {
  return status.code() == Code::kUnavailable || status.code() == Code::kDeadlineExceeded ||
         status.code() == Code::kResourceExhausted;
}

struct Waiting {
  std::unique_ptr<Wakeup> signal;
  std::optional<ledger::Answer> answer;
};

}  // namespace

Clients::Clients(World& world, std::vector<std::string> accounts, Town& town, const Crowd& crowd)
    : world_(world), town_(town), crowd_(crowd), self_(world, 0), accounts_(std::move(accounts)) {
  posts_.resize(kPosts);
}

std::vector<std::string> Clients::MakeAccounts() {
  std::vector<std::string> accounts;
  for (int i = 0; i < kAccounts; ++i) {
    accounts.push_back(MakeId("acct", {kOrg, std::to_string(i)}));
  }
  return accounts;
}

void Clients::Begin() {
  world_.fibers.Spawn(0, [this] {
    ConnectAccounts();
    accounts_done_ = true;
    WatchInbox();
    UseKillSwitch();
    for (int i = 0; i < kPosts; ++i) {
      world_.fibers.Spawn(0, [this, i] {
        world_.fibers.Wait(world_.random.Time(absl::ZeroDuration(), absl::Seconds(40)));
        Live(i);
        ++posts_done_;
      });
    }
  });
}

ledger::Answer Clients::AskOnce(Kind kind, const ledger::Input& input) {
  const int shard = PartitionOf(RootOf(input.aggregate_id), kShards);
  Node* node = town_.Owner(kind, shard);
  if (node == nullptr || world_.random.OneIn(10)) {
    world_.Count(Site::kClientAskedAnother);
    node = town_.Any(kind);
  }
  ledger::Answer answer;
  answer.status = MakeStatus(Code::kUnavailable, "nobody listens");
  if (node == nullptr) return answer;
  auto waiting = std::make_shared<Waiting>();
  waiting->signal = self_.MakeWakeup();
  node->ledger().Submit(input, node->process.clock.Now() + kDeadline,
                        [waiting](ledger::Answer given) {
                          waiting->answer = std::move(given);
                          waiting->signal->Notify();
                        });
  const absl::Duration until = world_.fibers.now() + kPatience;
  while (!waiting->answer && world_.fibers.now() < until) {
    waiting->signal->WaitFor(until - world_.fibers.now());
  }
  return waiting->answer ? *waiting->answer : answer;
}

ledger::Answer Clients::Ask(Kind kind, ledger::Input input) {
  for (int tries = 1;; ++tries) {
    ledger::Answer answer = AskOnce(kind, input);
    if (answer.status.ok()) {
      const auto& header = ledger::HeaderOf(*answer.record);
      const std::string key =
          HashText({input.envelope.org_id(), input.envelope.request_id()});
      acknowledged_.push_back({kind, key, input.aggregate_id, header.version()});
      if (!world_.random.OneIn(8)) return answer;
      // He did not hear it, and asks again: the same thing must come of it.
      world_.Count(Site::kClientAskedAgain);
      const ledger::Answer again = AskOnce(kind, input);
      if (again.status.ok() &&
          ledger::HeaderOf(*again.record).aggregate_id() != header.aggregate_id()) {
        complaints_.push_back("a repeated request was answered with another aggregate");
      }
      if (!again.status.ok() && !AskAgain(again.status)) {
        complaints_.push_back("a request that had succeeded was refused: " +
                              ToString(again.status));
      }
      return answer;
    }
    if (!AskAgain(answer.status)) return answer;
    if (tries % kTriesMany == 0) {
      complaints_.push_back(fmt::format("{} was asked {} times, last: {}", input.aggregate_id,
                                        tries, ToString(answer.status)));
    }
    world_.Count(Site::kClientAskedAgain);
    world_.fibers.Wait(world_.random.Time(absl::Milliseconds(20), absl::Seconds(1)));
  }
}

ledger::Answer Clients::Command(const std::string& id, const std::string& request_id,
                                std::shared_ptr<ledger::Proto> body, bool creates) {
  ledger::Input input;
  input.aggregate_id = id;
  input.body = std::move(body);
  input.creates = creates;
  input.envelope.set_org_id(kOrg);
  input.envelope.set_request_id(request_id);
  input.envelope.mutable_actor()->set_id("ann");
  return Ask(Kind::kScheduler, std::move(input));
}

void Clients::ConnectAccounts() {
  Platform platform(world_);
  for (const std::string& id : accounts_) {
    auto command = std::make_shared<publisher::v1::ConnectCommand>();
    publisher::v1::Account& account = *command->mutable_account();
    account.set_id(id);
    account.set_org_id(kOrg);
    account.set_brand_id(kBrand);
    account.set_platform("mastodon");
    account.set_base_url("https://platform.example");
    account.set_remote_account_id(id);
    account.set_username(id);
    account.mutable_limits()->set_text_characters_max(500);
    account.mutable_limits()->set_idempotency_window_s(platform.KeepsKeys(id) ? 3600 : 0);
    command->mutable_credential()->set_account_id(id);
    command->mutable_credential()->set_version(1);
    command->mutable_credential()->set_ciphertext("sealed");
    ledger::Input input;
    input.aggregate_id = id;
    input.body = std::move(command);
    input.creates = true;
    input.envelope.set_org_id(kOrg);
    input.envelope.set_request_id("connect " + id);
    Ask(Kind::kPublisher, std::move(input));
  }
}

scheduler::v1::PostDraft Clients::DraftOf(int number) {
  scheduler::v1::PostDraft draft;
  WrittenPost& post = posts_[static_cast<size_t>(number)];
  draft.set_org_id(kOrg);
  draft.set_brand_id(kBrand);
  const int first = world_.random.Below(kAccounts);
  post.accounts = {accounts_[static_cast<size_t>(first)]};
  if (world_.random.OneIn(4)) {
    post.accounts.push_back(accounts_[static_cast<size_t>((first + 1) % kAccounts)]);
  }
  for (const std::string& account : post.accounts) draft.add_account_ids(account);
  // Some posts look alike: they are never told apart by content alone.
  post.texts = {world_.random.OneIn(6) ? "the same words" : fmt::format("post {}", number)};
  draft.mutable_content()->set_text(post.texts[0]);
  // Local times of a night in which clocks are put back.
  draft.set_zone("Europe/Berlin");
  post.due = absl::FromUnixSeconds(absl::ToUnixSeconds(
      world_.log.Now() + world_.random.Time(-absl::Seconds(20), kDueWithin)));
  post.earliest_due = post.due;
  *draft.mutable_due_at() = ToProto(post.due);
  draft.set_local_time(*localtime::ToLocal(post.due, draft.zone()));
  draft.set_stale_policy(world_.random.OneIn(3) ? scheduler::v1::STALE_POLICY_EXPIRE
                                                : scheduler::v1::STALE_POLICY_HOLD);
  draft.set_stale_after_s(world_.random.OneIn(5) ? 30 : 0);
  return draft;
}

void Clients::Live(int number) {
  WrittenPost& post = posts_[static_cast<size_t>(number)];
  auto create = std::make_shared<scheduler::v1::CreatePostRequest>();
  *create->mutable_draft() = DraftOf(number);
  create->set_approve(!world_.random.OneIn(4));
  if (create->approve()) post.approved.push_back(post.texts[0]);
  const std::string request_id = fmt::format("create-{}", number);
  const std::string id = MakeId("post", {kOrg, request_id});
  const ledger::Answer answer = Command(id, request_id, std::move(create), true);
  if (!answer.status.ok()) {
    complaints_.push_back("a post was refused: " + ToString(answer.status));
    return;
  }
  post.id = id;
  for (int step = 0; step < 3; ++step) {
    world_.fibers.Wait(world_.random.Time(absl::ZeroDuration(), absl::Seconds(40)));
    Change(post, number, step);
  }
}

void Clients::Change(WrittenPost& post, int number, int step) {
  const std::string request_id = fmt::format("change-{}-{}", number, step);
  switch (world_.random.Below(7)) {
    case 0: {
      auto edit = std::make_shared<scheduler::v1::EditPostRequest>();
      post.texts.push_back(fmt::format("post {} edit {}", number, step));
      edit->mutable_content()->set_text(post.texts.back());
      Command(post.id, request_id, std::move(edit), false);
      break;
    }
    case 1: {
      auto move = std::make_shared<scheduler::v1::ReschedulePostRequest>();
      const absl::Time due =
          absl::FromUnixSeconds(absl::ToUnixSeconds(world_.log.Now() + absl::Seconds(30)));
      *move->mutable_due_at() = ToProto(due);
      move->set_zone("Europe/Berlin");
      move->set_local_time(*localtime::ToLocal(due, "Europe/Berlin"));
      post.earliest_due = std::min(post.earliest_due, due);
      Command(post.id, request_id, std::move(move), false);
      break;
    }
    case 2: {
      const ledger::Answer answer =
          Command(post.id, request_id, std::make_shared<scheduler::v1::CancelPostRequest>(), false);
      if (!answer.status.ok()) break;
      const auto& record = static_cast<const scheduler::v1::SchedulerRecord&>(*answer.record);
      if (record.post().state() == scheduler::v1::POST_STATE_CANCELLED) post.cancelled = true;
      break;
    }
    default:
      // Whatever it says now: he approves what he wrote last.
      post.approved.push_back(post.texts.back());
      auto approve = std::make_shared<scheduler::v1::ApprovePostRequest>();
      publisher::v1::Content content;
      content.set_text(post.texts.back());
      approve->set_content_hash(content::ContentHash(content));
      Command(post.id, request_id, std::move(approve), false);
  }
}

void Clients::UseKillSwitch() {
  if (!world_.random.OneIn(2)) return;
  ++answering_;
  world_.fibers.Spawn(0, [this] {
    world_.fibers.Wait(world_.random.Time(absl::Seconds(5), absl::Seconds(60)));
    auto set = std::make_shared<scheduler::v1::SetKillSwitchRequest>();
    set->set_org_id(kOrg);
    set->set_reason("a storm");
    const std::string root(scheduler::kKillRoot);
    const ledger::Answer answer = Command(root, "kill", std::move(set), false);
    if (!answer.status.ok()) {
      complaints_.push_back("a kill switch was refused: " + ToString(answer.status));
    }
    const absl::Time known_at = world_.log.Now();
    world_.fibers.Wait(world_.random.Time(absl::Seconds(1), absl::Seconds(30)));
    stops_.push_back({known_at, world_.log.Now()});
    auto end = std::make_shared<scheduler::v1::EndKillSwitchRequest>();
    end->set_org_id(kOrg);
    Command(root, "end", std::move(end), false);
    --answering_;
  });
}

void Clients::WatchInbox() {
  world_.fibers.Spawn(0, [this] {
    size_t seen = 0;
    while (world_.faults_on) {
      world_.fibers.Wait(absl::Seconds(5));
      for (; seen < crowd_.deeds().size(); ++seen) {
        const Deed& deed = crowd_.deeds()[seen];
        if (deed.status_remote_id.empty() || !world_.random.OneIn(3)) continue;
        ++answering_;
        const std::string item = listener::InboxItemId(deed.account_id, deed.status_remote_id);
        world_.fibers.Spawn(0, [this, account = deed.account_id, item, number = seen] {
          Reply(account, item, static_cast<int>(number));
          --answering_;
        });
      }
    }
  });
}

void Clients::Reply(const std::string& account_id, const std::string& item_id, int number) {
  ledger::Input input;
  input.aggregate_id = item_id;
  auto request = std::make_shared<listener::v1::ReplyRequest>();
  request->set_id(item_id);
  request->set_text(fmt::format("answer {}", number));
  input.body = std::move(request);
  input.envelope.set_org_id(kOrg);
  input.envelope.set_request_id(fmt::format("reply-{}", number));
  input.envelope.mutable_actor()->set_id("ann");
  replies_[listener::DeliveryId(item_id, input.envelope.request_id(), account_id)] = item_id;
  for (int tries = 0; tries < kTriesMany; ++tries) {
    const ledger::Answer answer = Ask(Kind::kListener, input);
    if (answer.status.ok()) return;
    // It may not have been collected yet.
    if (ReasonOf(answer.status) != "UNKNOWN_INBOX_ITEM") {
      complaints_.push_back("a reply was refused: " + ToString(answer.status));
      return;
    }
    world_.fibers.Wait(absl::Seconds(3));
  }
  complaints_.push_back(fmt::format("{} never came into the inbox", item_id));
}

}  // namespace carillon::simulation
