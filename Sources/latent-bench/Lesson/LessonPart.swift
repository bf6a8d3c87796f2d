import Pages

/// A part of fast.ai's lesson 6, gone through with `latent`: ``LessonParts`` lists them.
protocol LessonPart: Sendable {
  /// What `--part` calls it.
  static var name: String { get }
  static var heading: String { get }
  /// What the lesson teaches here: a short paragraph.
  static var teaching: String { get }
  /// Runs `latent` as an analyst would, and says what came of it. Throws ``LessonFailure``.
  static func run(_ lesson: Lesson) throws -> LessonFindings
}

/// What came of a part of the lesson.
struct LessonFindings {
  /// Its figures, as tables and plots.
  let figures: HTML
  /// What they say: words made of the figures.
  let conclusion: String
}

/// The parts of the lesson, in its order: a new one is a file in `Parts` and a line here.
enum LessonParts {
  static let all: [any LessonPart.Type] = [
    FinderPart.self, RatesPart.self, EpochsPart.self, FineTuningPart.self, DiscriminativePart.self,
    DepthPart.self, PrecisionPart.self, ThresholdsPart.self, RangePart.self, SplitsPart.self,
    ChannelsPart.self, RatingsPart.self,
  ]

  static var names: String { all.map { $0.name }.joined(separator: ", ") }
}
