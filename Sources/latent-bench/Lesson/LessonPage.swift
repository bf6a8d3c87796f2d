import Foundation
import Pages

/// The page that the lesson writes.
struct LessonPage {
  /// The result of a part.
  struct Outcome {
    let part: any LessonPart.Type
    let commands: [Lesson.Command]
    let result: Result<LessonFindings, LessonFailure>
  }

  /// The page as HTML.
  let html: String

  init(_ outcomes: [Outcome], facts: [(name: String, value: String)]) {
    let failed = outcomes.filter { if case .failure = $0.result { true } else { false } }
    let sections = outcomes.enumerated().map { number, outcome in
      Page.Section(
        heading: "\(number + 1). \(outcome.part.heading)", caption: outcome.part.teaching,
        body: Self.body(outcome))
    }
    let missed =
      failed.isEmpty
      ? [] : [("failed", failed.map { $0.part.heading }.joined(separator: "; "))]
    html =
      Page(
        title: "Lesson 6, with Latent", facts: facts + missed, sections: sections,
        footer: """
          Made by latent-bench lesson, following lesson 6 of fast.ai's Practical Deep Learning for \
          Coders. The commands were run in order in an empty folder; to repeat them, set \
          LATENT_DATA to the data folder. The page contains images from the data sets.
          """
      ).html
  }

  /// Returns the words of a command, with options kept from breaking at their dashes.
  private static func words(of command: Lesson.Command) -> [HTML] {
    command.text.split(separator: " ").map { word in
      word.hasPrefix("--") ? "<span class=\"option\">\(String(word))</span> " : "\(String(word)) "
    }
  }

  private static func body(_ outcome: Outcome) -> HTML {
    let commands = outcome.commands.map { command -> HTML in
      command.isRepeated
        ? "<li class=\"again\">\(words(of: command))</li>"
        : "<li>\(words(of: command)) <span class=\"range\">(\(command.seconds.seconds))</span></li>"
    }
    let listed: HTML = commands.isEmpty ? "" : "<ul class=\"commands\">\(commands)</ul>"
    switch outcome.result {
    case .success(let findings):
      return """
        \(listed)\(findings.figures)<p class="says">\(findings.conclusion)</p>
        """
    case .failure(let failure):
      let lines = failure.description.split(separator: "\n").map { "\(String($0))<br>" as HTML }
      return "\(listed)<p class=\"failure\">This part failed:<br>\(lines)</p>"
    }
  }
}
