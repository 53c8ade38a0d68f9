#include "services/publisher/domain/profile.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/base/clock.h"
#include "common/base/ids.h"
#include "common/content/content.h"
#include "services/publisher/domain/connection.h"

namespace carillon::publisher {
namespace {

// What waits for one account: four parts, and fields of as many names as people think of.
constexpr int kWishesMax = 200;

std::vector<std::string> PartsOf(const v1::ProfileChange& change) {
  std::vector<std::string> parts;
  if (change.has_display_name()) parts.push_back("display_name");
  if (change.has_bio()) parts.push_back("bio");
  if (change.has_avatar()) parts.push_back("avatar");
  if (change.has_header()) parts.push_back("header");
  for (const v1::ProfileField& field : change.fields()) parts.push_back("field/" + field.name());
  return parts;
}

v1::ProfileWish* FindWish(v1::Subject& subject, std::string_view part) {
  for (v1::ProfileWish& wish : *subject.mutable_profile()) {
    if (wish.part() == part) return &wish;
  }
  return nullptr;
}

bool Owns(const v1::Subject& subject, const v1::Delivery& delivery, std::string_view part) {
  return std::any_of(subject.profile().begin(), subject.profile().end(), [&](const v1::ProfileWish& wish) {
    return wish.part() == part && wish.delivery_id() == delivery.id();
  });
}

}  // namespace

Status OnProfileWish(Turn& turn, const std::string& id, const std::string& asked_by, const v1::Dispatch& wanted) {
  if (!IsProfile(wanted)) {
    return Refuse(Code::kInvalidArgument, "BAD_DISPATCH", "only a profile is changed by a call; all else comes from its own service");
  }
  v1::Dispatch dispatch = wanted;
  dispatch.set_approved_by(asked_by);
  *dispatch.mutable_approved_at() = ToProto(turn.now());
  *dispatch.mutable_due_at() = ToProto(turn.now());
  *dispatch.mutable_not_before() = ToProto(turn.now());
  *dispatch.mutable_not_after() = ToProto(turn.now() + turn.rules().profile_window);
  dispatch.set_content_hash(content::DispatchHash(dispatch));
  return OnDispatch(turn, id, dispatch);
}

Result<std::vector<std::string>> TakeParts(v1::Subject& subject, const v1::Delivery& delivery) {
  const std::vector<std::string> parts = PartsOf(delivery.dispatch().content().profile());
  if (subject.profile_size() + static_cast<int>(parts.size()) > kWishesMax) {
    return MakeStatus(Code::kResourceExhausted,
                      fmt::format("{} changes of this profile wait already", subject.profile_size()));
  }
  std::vector<std::string> taken_from;
  for (const std::string& part : parts) {
    v1::ProfileWish* wish = FindWish(subject, part);
    if (wish == nullptr) wish = subject.add_profile();
    const std::string before = wish->delivery_id();
    if (!before.empty() && before != delivery.id() &&
        std::find(taken_from.begin(), taken_from.end(), before) == taken_from.end()) {
      taken_from.push_back(before);
    }
    wish->set_part(part);
    wish->set_delivery_id(delivery.id());
    *wish->mutable_at() = delivery.dispatch().due_at();
  }
  return taken_from;
}

v1::ProfileChange OwnParts(const v1::Subject& subject, const v1::Delivery& delivery) {
  v1::ProfileChange change = delivery.dispatch().content().profile();
  if (!Owns(subject, delivery, "display_name")) change.clear_display_name();
  if (!Owns(subject, delivery, "bio")) change.clear_bio();
  if (!Owns(subject, delivery, "avatar")) change.clear_avatar();
  if (!Owns(subject, delivery, "header")) change.clear_header();
  auto& fields = *change.mutable_fields();
  fields.erase(std::remove_if(fields.begin(), fields.end(),
                              [&](const v1::ProfileField& field) {
                                return !Owns(subject, delivery, "field/" + field.name());
                              }),
               fields.end());
  return change;
}

bool HasOwnParts(const v1::Subject& subject, const v1::Delivery& delivery) {
  return std::any_of(subject.profile().begin(), subject.profile().end(),
                     [&](const v1::ProfileWish& wish) { return wish.delivery_id() == delivery.id(); });
}

void DropParts(v1::Subject& subject, const v1::Delivery& delivery) {
  auto& wishes = *subject.mutable_profile();
  wishes.erase(std::remove_if(wishes.begin(), wishes.end(),
                              [&](const v1::ProfileWish& wish) { return wish.delivery_id() == delivery.id(); }),
               wishes.end());
}

int PartCount(const v1::ProfileChange& change) { return static_cast<int>(PartsOf(change).size()); }

int PictureCount(const v1::ProfileChange& change) {
  return static_cast<int>(change.has_avatar()) + static_cast<int>(change.has_header());
}

}  // namespace carillon::publisher
