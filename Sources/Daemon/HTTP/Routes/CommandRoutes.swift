import Errors
import LineProtocol

extension HTTPRoute {
  /// Returns a route for each command that asks a model and whose arguments have names, and for INFO: `/api/recommend`
  /// for RECOMMEND. The answers are those of the line protocol.
  static func ofCommands(_ commands: [DaemonCommand]) -> [HTTPRoute] {
    commands.map(\.description).filter(\.hasRoute).map { command in
      HTTPRoute(
        "/api/\(command.name.lowercased())",
        .command { (question) throws(ErrorReply) in
          try command.words(question.target.parameters)
        })
    }
  }
}

extension CommandDescription {
  /// Whether it changes nothing, and each of its arguments can be given by a named parameter.
  fileprivate var hasRoute: Bool {
    name == "INFO"
      || group == .model
        && arguments.allSatisfy { argument in
          switch argument {
          case .required, .optional, .number, .text, .repeated, .list, .flag: true
          case .counted, .countedTuples, .rest, .choice: false
          }
        }
  }

  /// Returns the words of the request that `parameters` stand for.
  fileprivate func words(
    _ parameters: [HTTPTarget.Parameter]
  ) throws(ErrorReply) -> [String] {
    for (place, parameter) in parameters.enumerated() {
      guard let argument = arguments.first(where: { $0.parameterName == parameter.name }) else {
        throw unknown(parameter.name)
      }
      guard
        argument.mayBeRepeated
          || !parameters[..<place].contains(where: { $0.name == parameter.name })
      else {
        throw ErrorReply(
          .badArgument, "the parameter '\(Excerpt.of(parameter.name))' is given twice",
          remedy: "Give it once.")
      }
    }
    var words = [name]
    for argument in arguments {
      guard let parameterName = argument.parameterName else { continue }
      let values = parameters.filter { $0.name == parameterName }.map(\.value)
      switch argument {
      case .required where values.isEmpty:
        throw ErrorReply(
          .wrongArgumentCount, "the parameter '\(parameterName)' is missing",
          remedy: "Usage: \(routeUsage)")
      case .required, .optional: words += values
      case .number(let word, _, _, _), .text(let word, _), .repeated(let word, _):
        words += values.flatMap { [word, $0] }
      case .list(let word, _) where !values.isEmpty: words += [word, "\(values.count)"] + values
      case .flag(let word):
        if let value = values.first {
          guard value.isEmpty || value == "1" || value == "0" else {
            throw ErrorReply(
              .badArgument,
              "'\(Excerpt.of(value))' is not a value of the parameter '\(parameterName)'",
              remedy: "Use 1 or 0.")
          }
          if value != "0" { words.append(word) }
        }
      case .list, .counted, .countedTuples, .rest, .choice: break
      }
    }
    return words
  }

  private func unknown(_ parameter: String) -> ErrorReply {
    let names = arguments.compactMap(\.parameterName)
    let nearest = NearestText.nearest(to: parameter, among: names)
    return ErrorReply(
      .badArgument, "there is no parameter '\(Excerpt.of(parameter))'",
      remedy: "\(nearest.map { "Did you mean \($0)? " } ?? "")Usage: \(routeUsage)")
  }

  private var routeUsage: String {
    let named = arguments.compactMap { argument in
      argument.parameterName.map { name in
        if case .required = argument { "\(name)=..." } else { "[\(name)=...]" }
      }
    }
    return "/api/\(name.lowercased())?" + named.joined(separator: "&")
  }
}

extension Argument {
  /// The name of the parameter that gives it; `nil` if none can.
  fileprivate var parameterName: String? {
    switch self {
    case .required(let name), .optional(let name): name
    case .number(let word, _, _, _), .text(let word, _), .repeated(let word, _),
      .list(let word, _), .flag(let word):
      word.lowercased()
    case .counted, .countedTuples, .rest, .choice: nil
    }
  }

  fileprivate var mayBeRepeated: Bool {
    switch self {
    case .repeated, .list: true
    default: false
    }
  }
}
