// The record of a profile, and what the AppView shows of it.
#include "bluesky/fixture.h"

namespace carillon::sandbox::bluesky {
namespace {

class BlueskyProfile : public BlueskyFixture {
 protected:
  json Where() const { return {{"repo", one_.did}, {"collection", "app.bsky.actor.profile"}, {"rkey", "self"}}; }
  json Record() {
    return BodyOf(Query("com.atproto.repo.getRecord",
                        {{"repo", one_.did}, {"collection", "app.bsky.actor.profile"}, {"rkey", "self"}}));
  }
  http::HttpOutcome Set(const json& record, const json& swap) {
    json input = Where();
    input["record"] = record;
    input["swapRecord"] = swap;
    return Call("com.atproto.repo.putRecord", input, one_.access);
  }
  json Shown() { return Get("app.bsky.actor.getProfile", {{"actor", one_.did}}); }
};

TEST_F(BlueskyProfile, ItIsThereFromTheStartAndSaysWhatIsShown) {
  const json record = Record();
  EXPECT_EQ(record["value"]["displayName"], Shown()["displayName"]);
  EXPECT_EQ(record["value"]["description"], Shown()["description"]);
  EXPECT_EQ(Said(Set(record["value"], record["cid"])), "200");
}

TEST_F(BlueskyProfile, ItIsChangedFromWhatItWas) {
  const json before = Record();
  json record = before["value"];
  record["displayName"] = "Bells";
  const json blob = Upload("\x89PNG and more", "image/png");
  record["avatar"] = blob;
  EXPECT_EQ(Said(Set(record, nullptr)), "400 InvalidSwap");
  EXPECT_EQ(Said(Set(record, before["cid"])), "200");
  EXPECT_EQ(Shown()["displayName"], "Bells");
  EXPECT_EQ(Shown()["description"], before["value"]["description"]);
  EXPECT_NE(std::string(Shown()["avatar"]).find(std::string(blob["ref"]["$link"])), std::string::npos);
  EXPECT_FALSE(Shown().contains("banner"));
  record["displayName"] = "Others";
  EXPECT_EQ(Said(Set(record, before["cid"])), "400 InvalidSwap");
  record.erase("displayName");
  EXPECT_EQ(Said(Set(record, Record()["cid"])), "200");
  EXPECT_EQ(Shown()["displayName"], "");
}

TEST_F(BlueskyProfile, AnAnswerMayBeLost) {
  Admin("POST", "/admin/faults", {{"kind", "drop_after_accept"}, {"step", "act"}, {"platform", "bluesky"}, {"count", 1}});
  const json before = Record();
  json record = before["value"];
  record["description"] = "We ring.";
  EXPECT_FALSE(Set(record, before["cid"]).ok());
  EXPECT_EQ(Shown()["description"], "We ring.");
  EXPECT_EQ(Said(Set(record, Record()["cid"])), "200");
}

}  // namespace
}  // namespace carillon::sandbox::bluesky
