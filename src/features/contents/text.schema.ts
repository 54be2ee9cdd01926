import { builder } from '../../graphql/builder.ts';
import { MessageContentRef } from './content.schema.ts';
import type { Content } from './content.service.ts';

builder.objectRef<Content>('TextContent').implement({ description: 'A text, exactly as it was sent.', interfaces: [MessageContentRef] });
