import Errors
import ImageModels
import LineProtocol
import ModelRegistry

extension DaemonCommand {
  static var classify: DaemonCommand {
    let count = Argument.number("COUNT", value: "n", range: 1...1000, default: 5)
    return ofImage(
      "CLASSIFY", [count],
      summary: "Which of a model's classes an image shows, the likeliest first.",
      task: "classes"
    ) { answer, task, arguments in
      guard case .classify(let classes) = task else { return nil }
      let likeliest = answer.values.indices
        .sorted { (answer.values[$1], $0) < (answer.values[$0], $1) }
        .prefix(arguments.number(count))
      return ReplyField(
        "classes",
        .list(
          likeliest.map { place in
            .map([
              ReplyField("class", .text(classes[place])),
              ReplyField("probability", .number(answer.values[place])),
            ])
          }))
    }
  }

  static var labels: DaemonCommand {
    let all = Argument.flag("ALL")
    return ofImage(
      "LABELS", [all],
      summary: "Which labels of a model an image gets, the likeliest first; there may be none.",
      task: "labels"
    ) { answer, task, arguments in
      guard case .multilabel(let labels, let thresholds) = task else { return nil }
      let given =
        arguments.has(all)
        ? answer.given(over: thresholds.map { _ in -1 }) : answer.given(over: thresholds)
      return ReplyField(
        "labels",
        .list(
          given.map { place in
            .map(
              [
                ReplyField("label", .text(labels[place])),
                ReplyField("probability", .number(answer.values[place])),
              ]
                + (arguments.has(all) ? [ReplyField("threshold", .number(thresholds[place]))] : []))
          }))
    }
  }

  static var measure: DaemonCommand {
    ofImage(
      "MEASURE", [], summary: "The numbers or points that a model finds in an image.",
      task: "numbers or points"
    ) { answer, task, _ in
      switch task {
      case .regress(let names, _):
        ReplyField(
          "values", .map(zip(names, answer.values).map { ReplyField($0, .number($1)) }))
      case .points(let names):
        ReplyField(
          "points",
          .list(
            names.enumerated().map { number, name in
              .map([
                ReplyField("point", .text(name)),
                ReplyField("x", .number(answer.values[2 * number])),
                ReplyField("y", .number(answer.values[2 * number + 1])),
              ])
            }))
      case .classify, .multilabel: nil
      }
    }
  }

  /// Returns a command that asks an image model which answers a `task`. `field` turns an answer into a reply field; it
  /// returns `nil` for a model of another kind.
  private static func ofImage(
    _ name: String, _ options: [Argument], summary: String, task: String,
    _ field: @escaping @Sendable (ImageAnswer, ImageTask, CommandArguments) -> ReplyField?
  ) -> DaemonCommand {
    let model = Argument.required("model")
    let source = Argument.choice([
      Argument.Alternative("IMAGE", value: "bytes"), Argument.Alternative("PATH", value: "path"),
      Argument.Alternative("ITEM", value: "id"),
    ])
    return DaemonCommand(
      name, .model, [model, source] + options, summary: summary,
      complexity: "O(pixels + network)", since: "0.1", takesData: true,
      answer: .deferring { (server, arguments) throws(ErrorReply) in
        let served = try server.models.model(named: try arguments.text(model))
        let known: ImageTask? =
          (served.queries as? ImageModel)?.description.task
          ?? (served.queries as? ImageScores)?.task
        guard let known, field(.nothing(of: known), known, arguments) != nil else {
          throw ErrorReply(
            .notOfThisModel, "\(served.facts.name) is not a model that returns \(task)",
            remedy: "INFO says what is in service; HELP lists the commands.")
        }
        @Sendable func reply(_ answer: ImageAnswer) -> Reply {
          let field = field(answer, known, arguments).map { [$0] } ?? []
          return .map([served.facts.nameField, served.facts.versionField] + field)
        }
        let (word, bytes) = arguments.choice(source)
        if let scores = served.queries as? ImageScores {
          guard word == "ITEM" else { throw .onlyItems(served.facts.name) }
          guard let answer = scores.answer(for: bytes) else { throw .unknownItem(bytes) }
          guard answer.values.allSatisfy(\.isFinite) else { throw .damagedModel }
          return .now(reply(answer))
        }
        guard let images = served.queries as? ImageModel, word != "ITEM" else {
          throw .noItems(served.facts.name)
        }
        let image: ImageSource =
          word == "IMAGE" ? .bytes(bytes) : .path(try ImageRoot.path(bytes, of: arguments))
        let limits = server.service.limits
        if case .path = image, limits.imageRoot == nil { throw .noImageRoot }
        return .later { (isWanted) throws(ErrorReply) in
          reply(try image.answer(of: images, limits, while: isWanted))
        }
      })
  }
}

extension ImageAnswer {
  /// Returns an answer with all outputs at 0.
  fileprivate static func nothing(of task: ImageTask) -> ImageAnswer {
    ImageAnswer(values: [Float](repeating: 0, count: task.outputCount))
  }
}

extension ErrorReply {
  fileprivate static func onlyItems(_ name: String) -> ErrorReply {
    ErrorReply(
      .notOfThisModel, "\(name) only answers by ITEM",
      remedy: "Ask the model itself with IMAGE or PATH.")
  }

  fileprivate static func noItems(_ name: String) -> ErrorReply {
    ErrorReply(
      .notOfThisModel, "\(name) is a model and does not answer by ITEM",
      remedy: "Ask it with IMAGE or PATH, or ask its published results.")
  }

  fileprivate static func unknownItem(_ id: ArraySlice<UInt8>) -> ErrorReply {
    ErrorReply(
      .unknownItem, "there is no answer for item \(Excerpt.of(id))",
      remedy: "It was not among the images that were scored: score again.")
  }
}
