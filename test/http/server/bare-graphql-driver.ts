import { createRequire } from 'node:module';
import { AbstractGraphQLDriver, type GqlModuleOptions } from '@nestjs/graphql';
import type { GraphQLSchema } from 'graphql';

// The copy that Node imports, and so Nest: vitest would import the other one.
const { graphql } = createRequire(import.meta.url)('graphql') as typeof import('graphql');

interface GraphQLRequest {
  readonly body: { readonly query: string };
}

/**
 * GraphQL on any platform, with nothing but the package `graphql`. What Nest does around resolvers is the same for
 * all drivers.
 */
export class BareGraphQLDriver extends AbstractGraphQLDriver {
  async start({ schema, path = '/graphql' }: GqlModuleOptions): Promise<void> {
    this.httpAdapterHost.httpAdapter.post(path, (request: GraphQLRequest, response: object) =>
      this.answer(schema as GraphQLSchema, request, response),
    );
  }

  async stop(): Promise<void> {}

  private async answer(
    schema: GraphQLSchema,
    request: GraphQLRequest,
    response: object,
  ): Promise<void> {
    const contextValue = { req: request, res: response };
    const result = await graphql({ schema, source: request.body.query, contextValue });
    await this.httpAdapterHost.httpAdapter.reply(response, result, 200);
  }
}
