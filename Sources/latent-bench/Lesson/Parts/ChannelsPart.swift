import Foundation
import Pages

/// The colour channels of images, each by itself.
enum ChannelsPart: LessonPart {
  static let name = "channels"
  static let heading = "Single channels"
  static let teaching = """
    Images need not be red, green and blue: satellites send a dozen bands. Looking at each channel \
    by itself shows what it contains, and a model of one channel shows what that is worth.
    """

  static func run(_ lesson: Lesson) throws -> LessonFindings {
    let metric = ImageFigure.precision
    let file = "channels.html"
    let all = lesson.aquariumFromScratch()
    try lesson.latent(
      ["images", "show"] + (try all.dataWords(in: lesson))
        + ["--channels", "--count", "3", "--out", file])
    let shown = try Self.samples(in: lesson.file(file))
    let chosen = [("red", "0"), ("green", "1"), ("blue", "2"), ("grey", "grey")]
    let trainings =
      [("all", all)]
      + chosen.map { words, channels in
        (words, lesson.aquarium("channels-\(words)", ["--channels", channels]))
      }
    let figures = try trainings.map { (words: $0, value: try lesson.train($1)(metric.key)) }
    let single = (1...3).max { figures[$0].value < figures[$1].value } ?? 1
    let difference = Difference(
      Repeated([figures[single].value]), Repeated([figures[0].value]))
    return LessonFindings(
      figures: """
        \(shown)\(HTML.table(["channels", metric.words], figures.map { [$0.words, $0.value.short] }))
        """,
      conclusion: """
        Of the three channels \(figures[single].words) alone is the most informative. Compared \
        with all three, its \(metric.words) is \(difference.words).
        """)
  }

  /// Returns the images of the page that `latent images show` wrote.
  private static func samples(in page: Data) throws -> HTML {
    let text = String(decoding: page, as: UTF8.self)
    let start = try text.range(of: #"<div class="grid">"#).orFail("the page shows no images")
    let end = try text.range(of: "</section>").orFail("the page shows no images")
    guard start.lowerBound < end.lowerBound else { throw LessonFailure("the page shows no images") }
    return HTML(markup: String(text[start.lowerBound..<end.lowerBound]))
  }
}
