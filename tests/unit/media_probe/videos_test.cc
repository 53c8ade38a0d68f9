#include "tests/unit/media_probe/sample_files.h"

namespace carillon::media_probe {
namespace {

class VideosTest : public SampleTest {};

TEST_F(VideosTest, FactsOfAVideoWithSound) {
  Make("a.mp4", {"ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc=size=64x48:rate=5:duration=2", "-f", "lavfi", "-i",
                 "sine=duration=2", "-codec:v", "mpeg4", "-codec:a", "aac"});
  const auto facts = Probe(samples_.path() + "/a.mp4", "video/mp4");
  ASSERT_TRUE(facts.ok()) << ToString(facts.status());
  EXPECT_EQ(facts->width, 64);
  EXPECT_EQ(facts->height, 48);
  EXPECT_EQ(facts->video_codec, "mpeg4");
  EXPECT_EQ(facts->audio_codec, "aac");
  EXPECT_NEAR(absl::ToDoubleSeconds(facts->duration), 2, 0.2);
  EXPECT_GT(facts->bits_per_second, 0);
  EXPECT_FALSE(facts->is_private);
}

TEST_F(VideosTest, WhereItWasMadeGoesAndThePictureStays) {
  const std::string video = Moving("a.mp4", {"-codec:v", "mpeg4", "-metadata", "location=+48.1000+011.5000/",
                                             "-metadata", "title=Our garden"});
  ASSERT_NE(video.find("loci"), std::string::npos) << "where the place is";
  const auto clean = Clean(samples_.path() + "/a.mp4", "video/mp4");
  ASSERT_TRUE(clean.ok()) << ToString(clean.status());
  EXPECT_EQ(clean->find("loci"), std::string::npos);
  EXPECT_EQ(clean->find("Our garden"), std::string::npos);
  EXPECT_LT(clean->find("moov"), clean->find("mdat")) << "the index comes first";
  EXPECT_EQ(*Clean(samples_.path() + "/a.mp4", "video/mp4"), *clean) << "the same again is the same bytes";
}

TEST_F(VideosTest, TracksThatAreNeitherPictureNorSoundGo) {
  Write("texts.srt", "1\n00:00:00,000 --> 00:00:01,000\n48.1 N 11.5 E\n");
  // The program that makes the sample may read the samples' folder.
  const std::string video = Moving("a.mp4", {"-i", samples_.path() + "/texts.srt", "-map", "0", "-map", "1", "-codec:v",
                                             "mpeg4", "-codec:s", "mov_text"});
  ASSERT_NE(video.find("48.1 N"), std::string::npos);
  const auto clean = Clean(samples_.path() + "/a.mp4", "video/mp4");
  ASSERT_TRUE(clean.ok()) << ToString(clean.status());
  EXPECT_EQ(clean->find("48.1 N"), std::string::npos);
}

TEST_F(VideosTest, WhatIsNoVideoIsBadMedia) {
  const std::string video = Moving("a.mp4", {"-codec:v", "mpeg4"});
  EXPECT_EQ(ReasonOf(ProbeBytes(video.substr(0, video.size() / 2), "video/mp4").status()), "BAD_MEDIA");
  EXPECT_EQ(ReasonOf(ProbeBytes(std::string("\0\0\0\x18", 4) + "ftypisom and no more", "video/mp4").status()), "BAD_MEDIA");
  Make("sound.mp4", {"ffmpeg", "-v", "error", "-f", "lavfi", "-i", "sine=duration=1", "-codec:a", "aac"});
  EXPECT_EQ(ReasonOf(Probe(samples_.path() + "/sound.mp4", "video/mp4").status()), "BAD_MEDIA");
  // A playlist that would have another file read, or a URL asked.
  EXPECT_EQ(ReasonOf(ProbeBytes("#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n", "video/mp4").status()), "BAD_MEDIA");
}

TEST_F(VideosTest, LongerThanAllowedIsRefused) {
  Moving("a.mp4", {"-codec:v", "mpeg4"});
  limits_.duration_max = absl::Milliseconds(500);
  EXPECT_EQ(ReasonOf(MakeMediaProbe(limits_)->Probe(samples_.path() + "/a.mp4", "video/mp4", work_.path()).status()),
            "MEDIA_TOO_COMPLEX");
}

}  // namespace
}  // namespace carillon::media_probe
