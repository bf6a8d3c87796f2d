import LineProtocol

extension HTTPRoute {
  /// The models in service under each name, and their evaluation results.
  static let models = HTTPRoute(
    "/api/models",
    .now { question in
      let server = question.server
      return .reply(
        .list(
          server.models.names.enumerated().map { place, name in
            .map(
              [ReplyField("model", .text(name))]
                + (server.models[place]?.facts.fields ?? [])
                + [
                  ReplyField(
                    "last_swap_error", server.service.swapProblems[name].map { .text($0) } ?? .null)
                ])
          }))
    })
}

extension ModelFacts {
  fileprivate var fields: [ReplyField] {
    [versionField, ReplyField("kind", .text(kind))]
      + (predictorKind.map { [ReplyField("predictor", .text($0))] } ?? [])
      + counts.map { ReplyField($0.name, .integer(Int64($0.count))) }
      + [
        ReplyField("created_at", .text(createdAt)), ReplyField("trained_at", .text(trainedAt)),
        ReplyField("in_service_since", inServiceSince.map { .text($0) } ?? .null),
        ReplyField(
          "figures",
          .list(
            figures.map { figure in
              .map(
                (figure.model.map { [ReplyField("model", .text($0))] } ?? [])
                  + [
                    ReplyField("metric", .text(figure.metric)),
                    ReplyField("value", .number(Float(figure.value))),
                  ])
            })),
      ]
  }
}
